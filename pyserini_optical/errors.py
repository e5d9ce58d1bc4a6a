"""Errors that the user can fix."""

import re


class OpticalError(Exception):
    """An error that the user can fix: the message says what is wrong, where, and how to fix it.

    The command line prints only the message, on one line, and exits with status 2.
    """


def tell_reason(error: BaseException) -> str:
    """Explain in one line, without `[Errno -2]`, why a file or the network could not be reached."""
    reason = getattr(error, "reason", None) or error
    words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return re.sub(r"\[Errno -?\d+\] ", "", " ".join(str(words).split()))[:300]


class MissingExtra(OpticalError, ImportError):
    """An optional package is missing; the message names the extra that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'pyserini-optical[{extra}]'")
