"""What a model is loaded onto, and loaded without a word."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from pyserini_optical.errors import OpticalError


def check_device(name: str) -> str:
    """Refuse a device that torch does not know, or cannot use on this machine, before anything is loaded onto it.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    OpticalError
        Such as for `gpu`, or for `cuda:0` without a GPU.
    """
    import torch

    try:
        torch.zeros(1, device=name).cpu()
    except Exception as error:  # each backend has an exception of its own
        usable = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
        usable += ["mps"] * torch.backends.mps.is_available()
        reason = textwrap.shorten(str(error) or type(error).__name__, 100)
        raise OpticalError(f"device {name!r} cannot be used ({reason}); available: {', '.join(usable)}") from error
    return name


@contextmanager
def quietly() -> Iterator[None]:
    """Keep transformers from drawing a bar for each file it reads from this disk, and from reports that we check."""
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
