"""Pyserini 1.6.0 makes an OpenAI client while it is imported; openai 3 and later refuse to make one without a key."""

import os
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

VARIABLE = "OPENAI_API_KEY"
STAND_IN = "none-was-set"


def lend_key() -> None:
    """Set a stand-in key for the time of the import, if there is no key and openai would refuse."""
    try:
        major = int(version("openai").partition(".")[0])
    except (PackageNotFoundError, ValueError):
        return
    if major >= 3 and not os.environ.get(VARIABLE):
        os.environ[VARIABLE] = STAND_IN


def take_key_back(_module: ModuleType) -> None:
    """Remove the stand-in, so that whoever does use OpenAI is told that the key is missing.

    Parameters
    ----------
    _module : module
        `pyserini.encode._openai`, which has just been imported.
    """
    if os.environ.get(VARIABLE) == STAND_IN:
        del os.environ[VARIABLE]
