"""Read runs: quickly if they have the ordinary shape, else line by line."""

import logging
import math
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.runs.columns import OtherShape, stream_columns
from pyserini_optical.runs.ranking import Run

logger = logging.getLogger(__name__)

_Taken = TypeVar("_Taken")
_COLUMNS = "query Q0 document rank score tag"


def read_run(path: str | Path, queries: Collection[str] | None = None, strict: bool = False) -> Run:
    """Read a TREC run, plain or gzip, Unix or Windows line ends.

    Scores decide, as they do for trec_eval: the rank column may hold anything, and only orders documents of one score.
    Where it contradicts the scores, a warning says so.

    Parameters
    ----------
    queries : collection of str, optional
        The only queries allowed in the run; by default any.
    strict : bool
        Refuse ranks that are not whole numbers, stand twice in a query, or contradict the scores.

    Returns
    -------
    Run
        Each query's documents by score, descending; those of one score by rank, then in the order of the file.

    Raises
    ------
    OpticalError
        A line has another number of columns, its score is not finite, its document stands in the query already, or
        its query is unknown; or the file is empty. The message names file and line.
    """
    try:
        run = dict(stream_columns(path, strict))
    except OtherShape:
        run = _read_lines(path, strict)
    return dict(_check_known(_not_empty(iter(run.items()), path), path, queries))


def read_by_query(
    path: str | Path,
    take: Callable[[Iterator[tuple[str, dict[str, float]]]], _Taken],
    queries: Collection[str] | None = None,
    strict: bool = False,
) -> _Taken:
    """Hand a run to a function query by query, so that ten million lines need no more memory than one query.

    Parameters
    ----------
    take : callable
        Takes pairs of a query and its ranking. It is called a second time, from the start, where a run turns out to
        be of another shape than the ordinary one; that run is then read as a whole.
    queries, strict
        As those of :func:`read_run`.

    Returns
    -------
    object
        What `take` returned.

    Raises
    ------
    OpticalError
        As :func:`read_run` does.
    """
    try:
        return take(_check_known(_not_empty(stream_columns(path, strict), path), path, queries))
    except OtherShape:
        return take(iter(read_run(path, queries, strict).items()))


def _not_empty(
    rankings: Iterator[tuple[str, dict[str, float]]], path: str | Path
) -> Iterator[tuple[str, dict[str, float]]]:
    first = next(rankings, None)
    if first is None:
        raise OpticalError(f"{path}: contains no results; run the search again")
    yield first
    yield from rankings


def _check_known(
    rankings: Iterable[tuple[str, dict[str, float]]], path: str | Path, queries: Collection[str] | None
) -> Iterator[tuple[str, dict[str, float]]]:
    for query, ranking in rankings:
        if queries is not None and query not in queries:
            raise OpticalError(
                f"{path}:{_line_of(path, query)}: query {query} is not among the {len(queries)} known ones; "
                "check that run, topics and qrels belong together"
            )
        yield query, ranking


def _read_lines(path: str | Path, strict: bool = False) -> Run:
    """Read a run line by line: slower, but accepts any valid shape and names the line of an error."""
    found: dict[str, dict[str, tuple[float, int, float]]] = {}
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            columns = [column for column in line.rstrip("\r\n").replace("\t", " ").split(" ") if column]
            if not columns:
                continue
            where = f"{path}:{number}"
            if len(columns) != 6:
                raise OpticalError(f"{where}: {len(columns)} columns; a run has six: {_COLUMNS}")
            query, _, document, printed_rank, printed_score, _ = columns
            named = f"(query {query}, document {document})"
            if strict and not (printed_rank.isascii() and printed_rank.isdigit()):
                raise OpticalError(f"{where}: rank {printed_rank!r} is not a whole number {named}; number them from 1")
            score = _finite(printed_score)
            if score is None:
                raise OpticalError(
                    f"{where}: score is {printed_score}, not a finite number {named}; drop the line or search again"
                )
            ranking = found.setdefault(query, {})
            if document in ranking:
                raise OpticalError(
                    f"{where}: document {document} is already listed for query {query} (line {ranking[document][1]}); "
                    "drop one of the two"
                )
            ranking[document] = (_finite(printed_rank) or 0.0, number, score)
    contradictions = [_contradiction(query, ranking, strict) for query, ranking in found.items()]
    for place, fault in filter(None, contradictions):
        if strict:
            raise OpticalError(f"{path}:{place}: {fault}")
        logger.warning("%s:%d: %s. The order of the scores is used, as in trec_eval", path, place, fault)
        break
    return {query: _by_score(ranking) for query, ranking in found.items()}


def _finite(printed: str) -> float | None:
    try:
        number = float(printed)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in printed else None


def _contradiction(query: str, ranking: dict[str, tuple[float, int, float]], strict: bool) -> tuple[int, str] | None:
    """Find the first line of a query whose rank contradicts its score or, if that counts, another line's rank."""
    for (rank_above, _, score_above), (rank, line, score) in pairwise(sorted(ranking.values())):
        if strict and rank == rank_above:
            return line, f"rank {rank:g} stands in query {query} already; number them from 1"
        if rank > rank_above and score > score_above:
            return line, (
                f"rank {rank:g} of query {query} scores {score:.9g}, more than rank {rank_above:g} "
                f"({score_above:.9g}); sort by score and number again"
            )
    return None


def _by_score(ranking: dict[str, tuple[float, int, float]]) -> dict[str, float]:
    ordered = sorted(ranking.items(), key=lambda item: (-item[1][2], item[1]))
    return {document: score for document, (_, _, score) in ordered}


def _line_of(path: str | Path, query: str) -> int:
    with open_text(path) as file:
        return next(number for number, line in enumerate(file, 1) if line.split()[:1] == [query])
