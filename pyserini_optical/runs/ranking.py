"""Runs: their type, the order of documents, and conversion from the hits of a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyserini_optical.errors import OpticalError

Ranking = dict[str, float]
"""Document to score, best first."""

Run = dict[str, Ranking]
"""Query to ranking."""


def rank(scores: Mapping[str, float], depth: int | None = None) -> dict[str, float]:
    """Order documents best first, by their scores only.

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

    Raises
    ------
    OpticalError
        The depth is below 1.
    """
    check_depth(depth)
    documents, values = list(scores), np.fromiter(scores.values(), np.float64, len(scores))
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    kept = ranked[:depth]
    if (ranked[1 : len(kept) + 1] == kept[: len(ranked) - 1]).any():
        return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:depth])
    return {documents[place]: score for place, score in zip(order[:depth].tolist(), kept.tolist(), strict=True)}


def cut(ranking: Mapping[str, float], depth: int | None = None) -> dict[str, float]:
    """Take the first documents of a ranking; those of one score stay in the order in which they were ranked.

    Parameters
    ----------
    ranking : mapping of str to float
        Document to score, best first.
    depth : int, optional
        How many to keep; by default all.

    Raises
    ------
    OpticalError
        The depth is below 1.
    """
    return dict(sorted(ranking.items(), key=lambda item: -item[1])[: check_depth(depth)])


def check_depth(depth: int | None) -> int | None:
    """Refuse a depth that would drop documents from the end, or all.

    Raises
    ------
    OpticalError
        It is below 1.
    """
    if depth is not None and depth < 1:
        raise OpticalError(f"a depth of {depth}: give a whole number of at least 1, or None for all documents")
    return depth


@dataclass
class ScoredDocument:
    """A document that was found, as Pyserini's `DenseSearchResult`."""

    docid: str
    score: float


def search_run(searcher: Any, queries: Sequence[str], q_ids: Sequence[str], k: int, threads: int = 1) -> Run:
    """Search with many queries, with any searcher that has `batch_search`.

    Parameters
    ----------
    searcher : LuceneSearcher, FaissSearcher, or one of ours
        If it has a `search_run`, as ours do, that is used, which makes no object per hit.
    queries, q_ids : sequence of str
        Queries and their ids.
    k : int
        Number of documents per query.

    Returns
    -------
    Run
        In the order of `q_ids`.
    """
    if hasattr(searcher, "search_run"):
        return searcher.search_run(queries, q_ids, k, threads)
    found = searcher.batch_search(list(queries), list(q_ids), k, threads)
    return {query: to_scores(found[query]) for query in q_ids}


_POWERS = np.array([float(10**power) for power in range(13)])


def round_scores(scores: np.ndarray) -> list[float]:
    """Round scores to the nine digits that a run file has.

    Parameters
    ----------
    scores : ndarray of float32, shape (n,)

    Examples
    --------
    >>> round_scores(np.array([12.3456789, 0.1, -3.0], np.float32))
    [12.3456793, 0.100000001, -3.0]
    """
    values = scores.astype(np.float64)
    sizes = np.abs(values)
    if not ((sizes >= 1e-4) & (sizes < 1e9)).all():
        return [float(f"{value:.9g}") for value in values.tolist()]
    # A float32 times 10^12 at the most is exact in float64: the quotient is the number that the digits stand for.
    powers = _POWERS[8 - np.floor(np.log10(sizes)).astype(int)]
    return (np.rint(values * powers) / powers).tolist()


def to_scores(hits: Sequence[Any]) -> dict[str, float]:
    """Turn Pyserini's hits into a ranked list, with the scores that a run file would hold.

    Parameters
    ----------
    hits : sequence of objects with `docid` and `score`
        Best first. If a document was found twice, the better hit counts.

    Returns
    -------
    dict of str to float
        Document id -> score, best first, ties by document id.
    """
    scores: dict[str, float] = {}
    for hit in hits:
        scores.setdefault(hit.docid, float(f"{hit.score:.9g}"))
    return rank(scores)
