"""Bitext as JSON lines, one object a pair."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.lines import read_lines
from pyserini_optical.bitext.pair import Pair, tidy_text


def read_jsonl(path: str | Path, foreign: str, english: str = "eng", faults: Faults | None = None) -> Iterator[Pair]:
    """Read the file's pairs.

    Parameters
    ----------
    path : str or Path
        Plain or gzip. The two texts stand at the top of an object or under its key `translation`; a key `source`, if
        there is one, names where the pair comes from.
    foreign, english : str
        Keys of the two texts.
    faults : Faults, optional
        By default the first malformed line stops.

    Raises
    ------
    OpticalError
        A line is malformed and `faults` stops.
    """
    faults = faults or Faults()
    for number, line in read_lines(path, faults):
        if not line or line.isspace():
            continue
        try:
            yield pair_of(json.loads(line), foreign, english, Path(path).name, number)
        except (ValueError, RecursionError) as error:
            faults.add(f"{path}:{number}", str(error))


def pair_of(row: Any, foreign: str, english: str, source: str, number: int) -> Pair:
    """Make a pair of a decoded object.

    Parameters
    ----------
    row : object
        A mapping, if all is well.
    foreign, english : str
        Its keys, or those of its `translation`.
    source : str
        Used where the row names none.
    number : int
        Line or row.

    Raises
    ------
    ValueError
        It is no mapping, or a text is missing or is not text.
    """
    texts = row.get("translation", row) if isinstance(row, Mapping) else None
    if not isinstance(row, Mapping) or not isinstance(texts, Mapping):
        raise ValueError("is not a JSON object with two texts")
    for key in (english, foreign):
        if not isinstance(texts.get(key), str):
            raise ValueError(f"has no text under {key!r}; its keys are {', '.join(map(str, texts))[:80]}")
    return Pair(tidy_text(texts[english]), tidy_text(texts[foreign]), str(row.get("source", source)), number)
