"""Work-arounds for importing Pyserini without a network and without an OpenAI key.

Pyserini 2.4.0's catalogue of prebuilt indexes is lazy except for two aliases, which are looked up over the network
while the module is imported; every command therefore fails without a connection, even with a local index. During that
import, a catalogue that cannot be fetched is replaced by a stand-in with just the requested entries and no download
addresses. The real catalogues are fetched when a prebuilt index is requested.

Pyserini 1.6.0 creates an OpenAI client on import; openai 3 and later refuse to create one without a key. Its servers
import an image and text encoder that a plain installation lacks.
"""

import importlib.util
import io
import json
import logging
import os
import re
import sys
import urllib.request
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

from pyserini_optical.errors import OpticalError

logger = logging.getLogger(__name__)

OPENAI_KEY = "OPENAI_API_KEY"
STAND_IN_KEY = "none-was-set"

_NOT_FETCHED = "not fetched: no network at import"
_fetch = urllib.request.urlopen


def allow_offline_import() -> None:
    """Install the stand-in behind `urlopen`; it only acts when the network does not answer."""
    urllib.request.urlopen = _fetch_or_stand_in


def restore_network(module: ModuleType) -> None:
    """Remove the stand-in, and discard every catalogue that it answered for.

    Parameters
    ----------
    module : module
        `pyserini.prebuilt_index_info`, which has just been imported.
    """
    urllib.request.urlopen = _fetch
    if getattr(module, "urlopen", None) is _fetch_or_stand_in:
        module.urlopen = _fetch  # type: ignore[attr-defined]
    for catalogue in vars(module).values():
        held = getattr(catalogue, "_info", None)
        if isinstance(held, dict) and any(entry.get("md5") == _NOT_FETCHED for entry in held.values()):
            catalogue._info = None


def _fetch_or_stand_in(url: Any, *rest: Any, **settings: Any) -> Any:
    try:
        return _fetch(url, *rest, **settings)
    except OSError as error:
        logger.info("%s: no network (%s); Pyserini's prebuilt indexes stay unknown", url, error)
        return io.BytesIO(json.dumps(_entries_asked_for()).encode())


def _entries_asked_for() -> list[dict[str, Any]]:
    package = importlib.util.find_spec("pyserini")
    assert package is not None  # the module being imported is one of its own
    source = (Path(str(package.origin)).parent / "prebuilt_index_info.py").read_text(encoding="utf-8")
    names = re.findall(r"""\w\[["']([^"']+)["']\]""", source)
    blank = {"description": "", "filename": "", "urls": [], "md5": _NOT_FETCHED, "size": 0}
    return [{"name": name, **blank} for name in names]


def lend_openai_key() -> None:
    """Set a dummy key during the import, if there is no key and openai would refuse."""
    try:
        major = int(version("openai").partition(".")[0])
    except (PackageNotFoundError, ValueError):
        return
    if major >= 3 and not os.environ.get(OPENAI_KEY):
        os.environ[OPENAI_KEY] = STAND_IN_KEY


def take_openai_key_back(_module: ModuleType) -> None:
    """Remove the dummy key, so that actual use of OpenAI reports the missing key."""
    if os.environ.get(OPENAI_KEY) == STAND_IN_KEY:
        del os.environ[OPENAI_KEY]


_UNIIR = "uniir_for_pyserini"
_UNIIR_ENCODERS = {
    f"{_UNIIR}.pyserini_integration.uniir_corpus_encoder": "CorpusEncoder",
    f"{_UNIIR}.pyserini_integration.uniir_query_encoder": "QueryEncoder",
}


def lend_uniir() -> None:
    """Put a stand-in where the servers of Pyserini 1.6 look for UniIR, if it is not installed."""
    if importlib.util.find_spec(_UNIIR) is None:
        for name, encoder in _UNIIR_ENCODERS.items():
            module = ModuleType(name)
            setattr(module, encoder, _MissingUniir)
            sys.modules[name] = module


def take_uniir_back(_module: ModuleType) -> None:
    """Remove the stand-in; what was imported from it says that UniIR is missing when it is used.

    Parameters
    ----------
    _module : module
        `pyserini.encode.optional._uniir`, which has just been imported.
    """
    for name, encoder in _UNIIR_ENCODERS.items():
        if getattr(sys.modules.get(name), encoder, None) is _MissingUniir:
            del sys.modules[name]


class _MissingUniir:
    def __init__(self, **_settings: Any) -> None:
        raise OpticalError("UniIR is not installed; M-BEIR indexes need it: pip install uniir-for-pyserini")
