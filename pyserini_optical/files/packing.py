"""Packed files: gzip, bzip2 and xz, recognised by their first bytes and not by their names."""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

from pyserini_optical.errors import OpticalError

SUFFIXES = (".gz", ".bz2", ".xz")
DAMAGE = (EOFError, OSError, lzma.LZMAError, zlib.error)
"""What reading a damaged file raises; not each such error is of a damaged file, see :func:`explain_damage`."""


class _Packing(NamedTuple):
    start: re.Pattern[bytes]
    open: Callable[[IO[bytes]], Any]
    damage: type[Exception] | tuple[type[Exception], ...]


_PACKINGS = {
    "gzip": _Packing(re.compile(rb"\x1f\x8b"), lambda raw: gzip.GzipFile(fileobj=raw), (gzip.BadGzipFile, zlib.error)),
    # A text may begin with the letters BZh, but not with these and the mark of the first block, or of the end.
    "bzip2": _Packing(re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), bz2.BZ2File, OSError),
    "xz": _Packing(re.compile(rb"\xfd7zXZ\0"), lzma.LZMAFile, lzma.LZMAError),
}
_LONGEST_START = 10


def without_packing(name: str) -> str:
    """Drop `.gz`, `.bz2` or `.xz` from the end of a file's name."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


def unpack(raw: IO[bytes]) -> Any:
    """Open the content of a file that is open at its start; a plain one is given back."""
    name = _find_packing(raw)
    return raw if name is None else _PACKINGS[name].open(raw)


def explain_damage(path: Path, error: Exception) -> OpticalError | None:
    """Say what is wrong with a packed file; None if the error is not of its packing."""
    with open(path, "rb") as raw:
        name = _find_packing(raw)
    if name is None:
        return None
    if isinstance(error, EOFError):
        return OpticalError(f"{path}: is truncated (the {name} stream does not end); fetch it again")
    from_system = isinstance(error, OSError) and error.errno is not None
    if from_system or not isinstance(error, _PACKINGS[name].damage):
        return None
    return OpticalError(f"{path}: is a damaged {name} file ({error}); fetch it again")


def _find_packing(raw: IO[bytes]) -> str | None:
    start = raw.read(_LONGEST_START)
    raw.seek(0)
    return next((name for name, packing in _PACKINGS.items() if packing.start.match(start)), None)
