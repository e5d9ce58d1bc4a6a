"""Reading a run of the ordinary shape by whole columns, and not line by line."""

import math
from collections.abc import Iterator
from itertools import pairwise
from operator import ne
from pathlib import Path

import numpy as np

from pyserini_optical.files import open_text
from pyserini_optical.runs.ranking import Run

_CHUNK = 1 << 23


def read_columns(path: str | Path, strict: bool = False) -> Run | None:
    """Read a run whose lines are six columns with single separators, each query's best first.

    Parameters
    ----------
    strict : bool
        See :func:`pyserini_optical.runs.read_run`.

    Returns
    -------
    Run or None
        None at the first sign of anything else, which may be lawful all the same.
    """
    run: Run = {}
    query, last_rank, last_score = "", -math.inf, math.inf
    for chunk in _chunks(path):
        columns = _split(chunk)
        if columns is None:
            return None
        queries, documents = columns[0::6], columns[2::6]
        try:
            ranks = np.array(list(map(int if strict else float, columns[3::6])))
            scores = list(map(float, columns[4::6]))
        except (ValueError, OverflowError):
            return None
        if "_" in "".join(columns[3::6]) or "_" in "".join(columns[4::6]):  # Python reads 1_0 as 10
            return None
        values = np.array(scores)
        starts = np.fromiter(map(ne, queries, [query, *queries[:-1]]), bool, len(queries))
        above = np.concatenate([[last_rank], ranks[:-1]])
        descending = (ranks > above if strict else ranks >= above) & (
            values <= np.concatenate([[last_score], values[:-1]])
        )
        if not np.isfinite(values).all() or (strict and ranks.min() < 0) or not (starts | descending).all():
            return None
        bounds = [0, *np.flatnonzero(starts[1:]) + 1, len(queries)]
        for begin, end in pairwise(bounds):
            query = queries[begin]
            if starts[begin] and query in run:
                return None
            ranking = run.setdefault(query, {})
            expected = len(ranking) + int(end - begin)
            ranking.update(zip(documents[begin:end], scores[begin:end], strict=True))
            if len(ranking) != expected:
                return None
        last_rank, last_score = ranks[-1], values[-1]
    return run


def _chunks(path: str | Path) -> Iterator[str]:
    with open_text(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk + file.readline()


def _split(chunk: str) -> list[str] | None:
    """Six columns a line, flat; None unless each line is six non-empty columns with single separators."""
    if not chunk.endswith("\n"):
        chunk += "\n"
    chunk = chunk.replace("\r\n", "\n").replace("\t", " ")
    raw = np.frombuffer(chunk.encode(), np.uint8)
    separators = np.flatnonzero((raw == 32) | (raw == 10))
    ends = raw[separators] == 10
    if len(separators) % 6 or not ends[5::6].all() or ends.sum() * 6 != len(separators):
        return None
    if separators[0] == 0 or (np.diff(separators) == 1).any():
        return None
    columns = chunk.replace("\n", " ").split(" ")
    columns.pop()
    return columns
