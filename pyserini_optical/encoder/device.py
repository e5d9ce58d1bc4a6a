"""The device of a model, and quiet loading."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from pyserini_optical.errors import OpticalError


def check_device(name: str) -> str:
    """Refuse a device that torch does not know or cannot use on this machine, before anything is loaded.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    OpticalError
        The device cannot be used, for example `gpu`, or `cuda:0` without a GPU.
    """
    import torch

    try:
        torch.zeros(1, device=name).cpu()
    except Exception as error:  # each backend has its own exception
        usable = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
        usable += ["mps"] * torch.backends.mps.is_available()
        reason = textwrap.shorten(str(error) or type(error).__name__, 100)
        raise OpticalError(f"device {name!r} cannot be used ({reason}); available: {', '.join(usable)}") from error
    return name


@contextmanager
def quietly() -> Iterator[None]:
    """Silence transformers' progress bars for local files, and its loading reports, which we check ourselves."""
    from transformers.utils import logging

    shown, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()
