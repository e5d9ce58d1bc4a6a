"""Shared by the readers: the lines of a file, and finding a side by its name."""

import codecs
from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.languages import language_code

WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte-order marks and their encodings; that of UTF-32 begins with that of UTF-16."""


def read_lines(path: Path, faults: Faults) -> Iterator[tuple[int, str | None]]:
    """Read a plain or packed file line by line, each decoded by itself so that one bad byte costs one line.

    Parameters
    ----------
    path : Path
        UTF-8; or UTF-16 or UTF-32 with a byte-order mark, as spreadsheets write it.

    Yields
    ------
    number : int
        From 1.
    line : str or None
        The line without its end; None if it is not UTF-8 and skipped.

    Raises
    ------
    OpticalError
        There is no such file, it is truncated, or a line is not UTF-8 and `faults` stops.
    """
    with open_text(path) as file:
        raw: Any = file.buffer  # type: ignore[attr-defined]
        start = raw.peek(4)[:4]
        wide = next((encoding for mark, encoding in WIDE_MARKS.items() if start.startswith(mark)), None)
        if wide:
            text = TextIOWrapper(raw, encoding=wide, errors="replace", newline="\n")
            for number, line in enumerate(text, 1):
                yield number, line.rstrip("\r\n")
            return
        if start[1:2] == b"\0" or start[:1] == b"\0":
            raise OpticalError(f"{path}: looks like UTF-16 without a byte-order mark; convert it to UTF-8")
        for number, line in enumerate(raw, 1):
            try:
                yield number, line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").decode().rstrip("\r\n")
            except UnicodeDecodeError as error:
                faults.add(f"{path}:{number}", f"is not valid UTF-8 ({error.reason} at byte {error.start})")
                yield number, None


def find_name(wanted: str, names: Sequence[str]) -> list[int]:
    """Find a name, or a language, among the names in a file.

    Parameters
    ----------
    wanted : str
        An exact name, or a language.

    Returns
    -------
    list of int
        Positions of the exact matches, else of those that differ only in case, else of those for the same language.
    """
    code = language_code(wanted)
    likenesses: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: name.strip().casefold() == wanted.casefold(),
        lambda name: language_code(name) == code,
    )
    for alike in likenesses:
        found = [position for position, name in enumerate(names) if alike(name)]
        if found:
            return found
    return []
