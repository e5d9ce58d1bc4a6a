"""Reading a run of the ordinary shape by whole columns, and not line by line; one query in memory at a time."""

import math
from collections.abc import Iterator
from itertools import pairwise
from operator import ne
from pathlib import Path

import numpy as np

from pyserini_optical.files import open_text

_CHUNK = 1 << 21


class OtherShape(Exception):
    """A run does not have the ordinary shape; it may still be valid."""


def stream_columns(path: str | Path, strict: bool = False) -> Iterator[tuple[str, dict[str, float]]]:
    """Read a run whose lines are six columns with single separators, each query's together and best first.

    Parameters
    ----------
    strict : bool
        See :func:`pyserini_optical.runs.read_run`.

    Yields
    ------
    query : str
    ranking : dict of str to float
        Document to score, best first; whole.

    Raises
    ------
    OtherShape
        At the first sign of any other shape; what was yielded before must then be discarded.
    """
    seen: set[str] = set()
    query, ranking = "", dict[str, float]()
    last_rank, last_score = -math.inf, math.inf
    for chunk in _chunks(path):
        columns = _split(chunk)
        queries, documents = columns[0::6], columns[2::6]
        ranks, scores = _numbers(columns, strict)
        starts = np.fromiter(map(ne, queries, [query, *queries[:-1]]), bool, len(queries))
        above = np.concatenate([[last_rank], ranks[:-1]])
        descending = (ranks > above if strict else ranks >= above) & (
            scores <= np.concatenate([[last_score], scores[:-1]])
        )
        if not (starts | descending).all():
            raise OtherShape
        bounds = [0, *np.flatnonzero(starts[1:]) + 1, len(queries)]
        for begin, end in pairwise(bounds):
            if starts[begin]:
                if seen:
                    yield query, ranking
                query, ranking = queries[begin], {}
                if query in seen:
                    raise OtherShape
                seen.add(query)
            expected = len(ranking) + int(end - begin)
            ranking.update(zip(documents[begin:end], scores[begin:end].tolist(), strict=True))
            if len(ranking) != expected:
                raise OtherShape
        last_rank, last_score = ranks[-1], scores[-1]
    if seen:
        yield query, ranking


def _numbers(columns: list[str], strict: bool) -> tuple[np.ndarray, np.ndarray]:
    try:
        ranks = np.array(list(map(int if strict else float, columns[3::6])))
        scores = np.array(list(map(float, columns[4::6])))
    except (ValueError, OverflowError) as error:
        raise OtherShape from error
    if "_" in "".join(columns[3::6]) or "_" in "".join(columns[4::6]):  # Python reads 1_0 as 10
        raise OtherShape
    if not np.isfinite(scores).all() or (strict and ranks.min() < 0):
        raise OtherShape
    return ranks, scores


def _chunks(path: str | Path) -> Iterator[str]:
    with open_text(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk + file.readline()


def _split(chunk: str) -> list[str]:
    """Six columns per line, flat."""
    if not chunk.endswith("\n"):
        chunk += "\n"
    chunk = chunk.replace("\r\n", "\n").replace("\t", " ")
    raw = np.frombuffer(chunk.encode(), np.uint8)
    separators = np.flatnonzero((raw == 32) | (raw == 10))
    ends = raw[separators] == 10
    if len(separators) % 6 or not ends[5::6].all() or ends.sum() * 6 != len(separators):
        raise OtherShape
    if separators[0] == 0 or (np.diff(separators) == 1).any():
        raise OtherShape
    columns = chunk.replace("\n", " ").split(" ")
    columns.pop()
    return columns
