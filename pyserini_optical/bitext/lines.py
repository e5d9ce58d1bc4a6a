"""Lines of a text file, decoded one by one so that one bad byte costs one line."""

from collections.abc import Iterator
from pathlib import Path

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.files import open_text

MARK = b"\xef\xbb\xbf"


def read_lines(path: str | Path, faults: Faults) -> Iterator[tuple[int, str | None]]:
    """Read a plain or gzip file line by line.

    Yields
    ------
    number : int
        From 1.
    line : str or None
        Without its end; None where the line is not UTF-8 and is skipped.

    Raises
    ------
    OpticalError
        There is no such file, it is truncated, or a line is not UTF-8 and `faults` stops.
    """
    with open_text(path) as file:
        for number, line in enumerate(file.buffer, 1):  # type: ignore[attr-defined]
            try:
                yield number, line.removeprefix(MARK if number == 1 else b"").decode().rstrip("\r\n")
            except UnicodeDecodeError as error:
                faults.add(f"{path}:{number}", f"is not UTF-8 ({error.reason} at byte {error.start})")
                yield number, None
