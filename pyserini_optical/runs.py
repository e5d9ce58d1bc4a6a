"""TREC runs: read, check, rank, write.

A line of a run is `query Q0 document rank score tag`, separated by spaces or tabs. Identifiers stay strings
(`007` is not `7`), and what is written is read back by trec_eval in the same order.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from operator import ne
from pathlib import Path

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, write_file

Run = dict[str, dict[str, float]]
"""Query to document to score; the order of the inner dictionary is the ranking, best first."""

_CHUNK = 1 << 23
_COLUMNS = "query Q0 document rank score tag"
_FLOAT32 = np.finfo(np.float32)


def rank(scores: Mapping[str, float], depth: int | None = None) -> dict[str, float]:
    """Order documents best first.

    Parameters
    ----------
    scores : mapping of str to float
        Document to score, in any order.
    depth : int, optional
        How many to keep; by default all.

    Returns
    -------
    dict of str to float
        By score, descending; ties by document identifier, ascending.
    """
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:depth])


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
    run = _read_quickly(path)
    if run is None:
        run = _read_carefully(path)
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


def _read_quickly(path: str | Path) -> Run | None:
    """Read a run of the ordinary shape by whole columns; None at the first sign of anything else."""
    run: Run = {}
    query, last_rank, last_score = "", -1, math.inf
    for chunk in _chunks(path):
        columns = _split(chunk)
        if columns is None:
            return None
        queries, documents = columns[0::6], columns[2::6]
        try:
            ranks = np.array(list(map(int, columns[3::6])))
            scores = list(map(float, columns[4::6]))
        except (ValueError, OverflowError):
            return None
        if "_" in "".join(columns[3::6]) or "_" in "".join(columns[4::6]):  # Python reads 1_0 as 10
            return None
        values = np.array(scores)
        starts = np.fromiter(map(ne, queries, [query, *queries[:-1]]), bool, len(queries))
        descending = (np.diff(ranks, prepend=last_rank) > 0) & (values <= np.concatenate([[last_score], values[:-1]]))
        if not np.isfinite(values).all() or ranks.min() < 0 or not (starts | descending).all():
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


def _read_carefully(path: str | Path) -> Run:
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


def check_run(run: Mapping[str, Mapping[str, float]], name: str = "run") -> None:
    """Refuse a run that cannot be written or scored faithfully.

    Parameters
    ----------
    run : mapping
        Query to document to score, best first.
    name : str
        What to call the run in the message.

    Raises
    ------
    OpticalError
        An identifier is empty or holds white space, a score is not finite in single precision, or a document scores
        more than the one above it.
    """
    for query, ranking in run.items():
        above = math.inf
        for identifier in (query, *ranking):
            if len(identifier.split()) != 1 or identifier != identifier.strip():
                raise OpticalError(f"{name}: identifier {identifier!r} is empty or holds white space; rename it")
        for document, score in ranking.items():
            if not abs(score) <= float(_FLOAT32.max):
                raise OpticalError(f"{name}: score is {score} (query {query}, document {document}); mend the scorer")
            if score > above:
                raise OpticalError(
                    f"{name}: document {document} of query {query} scores more than the one above; order with rank()"
                )
            above = score


def write_run(path: str | Path, run: Mapping[str, Mapping[str, float]], tag: str, overwrite: bool = False) -> None:
    """Write a TREC run that every scorer reads in the order of `run`.

    trec_eval compares scores in single precision and breaks ties by document identifier, descending. Scores are
    therefore printed with nine significant digits, which tell any two single-precision numbers apart, and a score
    that would tie with the one above is lowered by the smallest step.

    Parameters
    ----------
    path : str or Path
        A name ending in `.gz` is compressed.
    run : mapping
        Query to document to score, best first.
    tag : str
        The name of the system, one word.
    overwrite : bool
        Replace a file that is there already.

    Raises
    ------
    OpticalError
        See :func:`check_run`; or `tag` is not one word; or `path` exists and `overwrite` is false.
    """
    check_run(run, str(path))
    if len(tag.split()) != 1 or tag != tag.strip():
        raise OpticalError(f"{path}: run tag {tag!r} is not one word; name the system without spaces")
    with write_file(path, overwrite=overwrite) as file:
        for query, ranking in run.items():
            lines = zip(ranking, _print_descending(ranking.values()), strict=True)
            file.writelines(
                f"{query} Q0 {document} {place} {score} {tag}\n" for place, (document, score) in enumerate(lines, 1)
            )


def _print_descending(scores: Collection[float]) -> list[str]:
    printed = [f"{score:.9g}" for score in scores]
    values = np.array(printed, np.float64).astype(np.float32)
    for place in np.flatnonzero(values[1:] >= values[:-1]) + 1:
        # Lowering one score may make it meet the next: follow the row down until it is strict again.
        while place < len(values) and values[place] >= values[place - 1]:
            above = values[place - 1]
            # Near zero the smallest step would be a subnormal, which some processors flush to zero.
            values[place] = min(np.nextafter(above, np.float32(-np.inf)), above - _FLOAT32.tiny)
            printed[place] = f"{values[place]:.9g}"
            place += 1
    return printed
