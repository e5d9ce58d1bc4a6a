"""The errors a person can fix."""

import re


class OpticalError(Exception):
    """Something a person can fix: the message says what is wrong, where, and how to fix it.

    The command line prints the message alone, on one line, and exits with status 2.
    """


def tell_reason(error: BaseException) -> str:
    """Say in words why a file or a network could not be reached: without `[Errno -2]`, and in one line."""
    reason = getattr(error, "reason", None) or error
    words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return re.sub(r"\[Errno -?\d+\] ", "", " ".join(str(words).split()))[:300]


class MissingExtra(OpticalError, ImportError):
    """An optional package is needed for what was asked; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'pyserini-optical[{extra}]'")
