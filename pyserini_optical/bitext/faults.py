"""Handling of malformed lines: stop, or skip, count and report them."""

import logging
from dataclasses import dataclass

from pyserini_optical.errors import OpticalError

logger = logging.getLogger(__name__)

LOGGED = 20
"""Faults logged one by one; further ones are only counted."""


@dataclass
class Faults:
    """The malformed lines found so far.

    Attributes
    ----------
    on_error : {"stop", "skip"}
    """

    on_error: str = "stop"
    count: int = 0

    def __post_init__(self) -> None:
        if self.on_error not in ("stop", "skip"):
            raise OpticalError(f"on_error is {self.on_error!r}; it must be 'stop' or 'skip'")

    def add(self, where: str, what: str) -> None:
        """Record a malformed line.

        Parameters
        ----------
        where : str
            `file:line`.

        Raises
        ------
        OpticalError
            `on_error` is "stop".
        """
        what = " ".join(what.split()).encode(errors="replace").decode()  # it may quote the file's content
        if self.on_error == "stop":
            raise OpticalError(f"{where}: {what}; fix the line, or skip such lines with --on-error skip")
        self.count += 1
        if self.count <= LOGGED:
            logger.warning("%s: %s; skipped", where, what)
        if self.count == LOGGED:
            logger.warning("further malformed lines are counted but not listed")
