"""Bitext in tab-separated columns, named by the first line."""

from collections.abc import Iterator
from pathlib import Path

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.lines import read_lines
from pyserini_optical.bitext.pair import Pair, tidy_text
from pyserini_optical.errors import OpticalError


def read_tsv(path: str | Path, foreign: str, english: str = "eng", faults: Faults | None = None) -> Iterator[Pair]:
    """Read the file's pairs; quotes are letters like any other.

    Parameters
    ----------
    path : str or Path
        Plain or gzip. A column `source`, if there is one, names where a pair comes from.
    foreign, english : str
        Names of the two columns.
    faults : Faults, optional
        By default the first malformed line stops.

    Raises
    ------
    OpticalError
        A column is missing, or a line is malformed and `faults` stops.
    """
    faults = faults or Faults()
    lines = read_lines(path, faults)
    _, header = next(lines, (1, ""))
    columns = (header or "").split("\t")
    for column in (english, foreign):
        if columns.count(column) != 1:
            raise OpticalError(
                f"{path}:1: column {column!r} is named {columns.count(column)} times; the first line must name each "
                f"column once and reads {', '.join(columns)[:80]!r}"
            )
    english_at, foreign_at = columns.index(english), columns.index(foreign)
    source_at = columns.index("source") if "source" in columns else None
    for number, line in lines:
        if not line:
            continue
        fields = line.split("\t")
        if len(fields) != len(columns):
            faults.add(f"{path}:{number}", f"{len(fields)} columns where the first line names {len(columns)}")
            continue
        source = Path(path).name if source_at is None else fields[source_at]
        yield Pair(tidy_text(fields[english_at]), tidy_text(fields[foreign_at]), source, number)
