"""Bitext as two files with a sentence a line, the way Moses and OPUS keep it."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.lines import read_lines
from pyserini_optical.bitext.pair import Pair, tidy_text
from pyserini_optical.errors import OpticalError


def read_moses(english: str | Path, foreign: str | Path, faults: Faults | None = None) -> Iterator[Pair]:
    """Read the two files in step.

    Parameters
    ----------
    english, foreign : str or Path
        Plain or gzip; line n of the one translates line n of the other.
    faults : Faults, optional
        By default the first malformed line stops.

    Raises
    ------
    OpticalError
        One file is longer than the other, whatever `faults` says: then nothing tells which lines belong together.
    """
    faults = faults or Faults()
    sides = zip_longest(read_lines(english, faults), read_lines(foreign, faults))
    for number, (one, other) in enumerate(sides, 1):
        if one is None or other is None:
            short, long = (english, foreign) if one is None else (foreign, english)
            raise OpticalError(f"{short}: ends at line {number - 1} and {long} goes on; the two files must be parallel")
        if one[1] is not None and other[1] is not None:
            yield Pair(tidy_text(one[1]), tidy_text(other[1]), Path(foreign).name, number)
