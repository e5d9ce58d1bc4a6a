"""Reading runs: quickly where they have the ordinary shape, else line by line."""

import math
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.runs.columns import read_columns
from pyserini_optical.runs.ranking import Run

_COLUMNS = "query Q0 document rank score tag"


def read_run(path: str | Path, queries: Collection[str] | None = None) -> Run:
    """Read a TREC run, plain or gzip, Unix or Windows line ends.

    Parameters
    ----------
    path : str or Path
    queries : collection of str, optional
        The only queries the run may hold; by default any.

    Returns
    -------
    Run
        Each query's documents in the order of their ranks.

    Raises
    ------
    OpticalError
        A line has another number of columns, its rank is not a whole number, its score is not finite, its document
        or its rank stands in the query already, or its query is unknown; the ranks of a query contradict its scores;
        or the file is empty. The message names file and line.
    """
    run = read_columns(path)
    if run is None:
        run = _read_lines(path)
    if not run:
        raise OpticalError(f"{path}: holds no results; run the search again")
    if queries is not None:
        unknown = next((query for query in run if query not in queries), None)
        if unknown is not None:
            raise OpticalError(
                f"{path}:{_line_of(path, unknown)}: query {unknown} is not among the {len(queries)} known ones; "
                "check that run, topics and qrels belong together"
            )
    return run


def _read_lines(path: str | Path) -> Run:
    """Read a run line by line: slower, takes any lawful shape, and knows the line of what is not lawful."""
    found: dict[str, dict[str, tuple[int, int, float]]] = {}
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
            if not (printed_rank.isascii() and printed_rank.isdigit()):
                raise OpticalError(f"{where}: rank {printed_rank!r} is not a whole number {named}; number them from 1")
            score = _finite(printed_score)
            if score is None:
                raise OpticalError(
                    f"{where}: score is {printed_score}, not a finite number {named}; drop the line or search again"
                )
            ranking = found.setdefault(query, {})
            if document in ranking:
                raise OpticalError(
                    f"{where}: document {document} stands in query {query} already (line {ranking[document][1]}); "
                    "drop one of the two"
                )
            ranking[document] = (int(printed_rank), number, score)
    return {query: _in_rank_order(path, query, ranking) for query, ranking in found.items()}


def _finite(printed: str) -> float | None:
    try:
        score = float(printed)
    except ValueError:
        return None
    return score if math.isfinite(score) and "_" not in printed else None


def _in_rank_order(path: str | Path, query: str, ranking: dict[str, tuple[int, int, float]]) -> dict[str, float]:
    ordered = sorted(ranking.items(), key=lambda item: item[1][0])
    for (_, (rank_above, _, score_above)), (_, (rank_here, line, score_here)) in pairwise(ordered):
        if rank_here == rank_above:
            raise OpticalError(f"{path}:{line}: rank {rank_here} stands in query {query} already; number them from 1")
        if score_here > score_above:
            raise OpticalError(
                f"{path}:{line}: rank {rank_here} of query {query} scores {score_here:.9g}, more than "
                f"rank {rank_above} ({score_above:.9g}); sort by score and number again"
            )
    return {document: score for document, (_, _, score) in ordered}


def _line_of(path: str | Path, query: str) -> int:
    with open_text(path) as file:
        return next(number for number, line in enumerate(file, 1) if line.split()[:1] == [query])
