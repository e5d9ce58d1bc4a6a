"""Fuse any number of runs into one."""

import itertools
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.normalisation import find_normalisation
from pyserini_optical.runs import Ranking, Run, cut, rank


def fuse_rrf(lists: Sequence[Ranking], weights: Sequence[float], k: int = 60) -> dict[str, float]:
    r"""Add the reciprocal ranks of one query's lists: :math:`s(d) = \sum_i w_i / (k + rank_i(d))`.

    A document that is not in a list gets nothing from it, as in the paper. Ranks start at 1; documents with equal
    scores keep the order of their list, as in `pyserini.fusion`.

    Parameters
    ----------
    lists : sequence of mappings of str to float
        One mapping document id -> score per searcher, best first.
    weights : sequence of float
        One weight per list; all 1 is the method of the paper.
    k : int
        Constant added to every rank; the larger it is, the less the first ranks stand out.

    Returns
    -------
    dict of str to float
        Document id -> fused score, in no particular order.

    Raises
    ------
    OpticalError
        `k` is negative, which would make the first ranks count less than the last, or infinitely much.

    References
    ----------
    Cormack, Clarke and Buettcher, Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods,
    SIGIR 2009.
    """
    if k < 0:
        raise OpticalError(f"a constant k of {k} for rrf: give a whole number of at least 0")
    fused: dict[str, float] = {}
    for scores, weight in zip(lists, weights, strict=True):
        for position, document in enumerate(cut(scores), start=1):
            fused[document] = fused.get(document, 0.0) + weight / (k + position)
    return fused


def fuse_weighted_sum(
    lists: Sequence[Ranking], weights: Sequence[float], normalisation: str = "z-score"
) -> dict[str, float]:
    r"""Add the normalised scores of one query's lists: :math:`s(d) = \sum_i w_i \, norm_i(s_i(d))`.

    A document that is not in a list scored below every document that is, by an unknown margin. It gets the list's
    **lowest normalised score** (as in `pyserini.search.hybrid`), or 0 if that score is positive; with min-max, which
    ends at 0, a missing document thus counts as much as the last one. An empty list adds nothing.

    Parameters
    ----------
    lists : sequence of mappings of str to float
        One mapping document id -> score per searcher.
    weights : sequence of float
        One weight per list.
    normalisation : {"min-max", "z-score", "rank", "none"}
        See :mod:`pyserini_optical.fusion.normalisation`.

    Returns
    -------
    dict of str to float
        Document id -> fused score, in no particular order.

    References
    ----------
    Fox and Shaw, Combination of Multiple Searches, TREC-2, 1994 (CombSUM).
    """
    normalise = find_normalisation(normalisation)
    normalised = [normalise(scores) for scores in lists]
    floors = [min(0.0, min(scores.values())) if scores else 0.0 for scores in normalised]
    documents = dict.fromkeys(itertools.chain.from_iterable(normalised))
    fused = np.zeros(len(documents))
    for weight, scores, floor in zip(weights, normalised, floors, strict=True):
        found = map(scores.get, documents, itertools.repeat(floor))
        fused += weight * np.fromiter(found, np.float64, len(documents))
    return dict(zip(documents, fused.tolist(), strict=True))


METHODS = ("weighted-sum", "rrf")

Weights = Sequence[float]


def fuse(
    runs: Sequence[Run],
    method: str = "weighted-sum",
    weights: Weights | Mapping[str, Weights] | None = None,
    normalisation: str = "z-score",
    depth: int | None = 1000,
    hits: int | None = 1000,
    k: int = 60,
    queries: Collection[str] | None = None,
) -> Run:
    """Fuse runs over the same queries.

    Parameters
    ----------
    runs : sequence of Run
        At least one.
    method : {"weighted-sum", "rrf"}
        See :func:`fuse_weighted_sum` and :func:`fuse_rrf`, also for documents that are missing from a run.
    weights : sequence of float, or mapping of str to sequence of float, optional
        One weight per run, or query -> one weight per run; by default equal weights. Only their ratios matter.
    normalisation : {"min-max", "z-score", "rank", "none"}
        How the weighted sum normalises the scores of a run; `rrf` only uses ranks.
    depth : int, optional
        Number of documents of each run to fuse; by default 1000, None for all.
    hits : int, optional
        Number of fused documents to keep per query; None for all.
    k : int
        The constant of `rrf`.
    queries : collection of str, optional
        All queries that were searched; a query that is missing from a run is then taken to have found nothing.

    Returns
    -------
    Run
        Queries in the order of `queries` or of the first run; ties by document id, ascending.

    Raises
    ------
    OpticalError
        The method or the normalisation is unknown; there are more or fewer weights than runs, a weight is negative or
        not finite, or none is above zero; the runs are over different queries.
    """
    if not runs:
        raise OpticalError("there are no runs to fuse; name at least one")
    check_method(method)
    find_normalisation(normalisation)
    names = check_queries(runs, queries)
    fused: Run = {}
    for query in names:
        shares = share(_weights_of(query, weights, len(runs)), query)
        lists = [cut(run.get(query, {}), depth) for run in runs]
        fused[query] = rank(fuse_lists(lists, shares, method, normalisation, k), hits)
    return fused


def check_method(method: str) -> None:
    """Refuse an unknown method.

    Raises
    ------
    OpticalError
        It is not one of :data:`METHODS`.
    """
    if method not in METHODS:
        raise OpticalError(f"fusion method {method!r} is not known; choose one of {', '.join(METHODS)}")


def fuse_lists(
    lists: Sequence[Ranking],
    weights: Weights,
    method: str = "weighted-sum",
    normalisation: str = "z-score",
    k: int = 60,
) -> dict[str, float]:
    """Fuse the lists of one query; the parameters are those of :func:`fuse`.

    Returns
    -------
    dict of str to float
        Document id -> fused score, in no particular order.
    """
    if method == "rrf":
        return fuse_rrf(lists, weights, k)
    return fuse_weighted_sum(lists, weights, normalisation)


def check_queries(runs: Sequence[Run], queries: Collection[str] | None = None) -> list[str]:
    """Check that the runs are over the same queries, and list these.

    Parameters
    ----------
    queries : collection of str, optional
        All queries that were searched; by default the runs have to agree.

    Raises
    ------
    OpticalError
        A run has a query that is not in the others or in `queries`.
    """
    known = list(runs[0] if queries is None else queries)
    expected = set(known)
    for number, run in enumerate(runs, start=1):
        extra = next((query for query in run if query not in expected), None)
        if extra is not None:
            other = "run 1" if queries is None else "the topics"
            raise OpticalError(f"run {number} has query {extra}, which is not in {other}; fuse runs of the same topics")
        missing = next((query for query in known if query not in run), None)
        if missing is not None and queries is None:
            raise OpticalError(
                f"run {number} lacks query {missing}, which run 1 has; if it found nothing for that query, pass "
                "--topics"
            )
    return known


def share(weights: Weights, query: str) -> list[float]:
    """Scale weights so that they sum to 1.

    Parameters
    ----------
    query : str
        Named in the error.

    Raises
    ------
    OpticalError
        A weight is negative, infinite or NaN, or none is above zero.
    """
    total = sum(weights)
    if not 0.0 < total < float("inf") or min(weights) < 0.0:
        raise OpticalError(
            f"weights {list(weights)} (query {query}) must be finite and not negative, and at least one must be above 0"
        )
    return [weight / total for weight in weights]


def _weights_of(query: str, weights: Weights | Mapping[str, Weights] | None, count: int) -> Weights:
    if weights is None:
        return [1.0] * count
    if isinstance(weights, Mapping):
        if query not in weights:
            raise OpticalError(f"there are no weights for query {query}; give weights for every query")
        weights = weights[query]
    if len(weights) != count:
        raise OpticalError(f"{len(weights)} weights for {count} runs (query {query}); give one per run")
    return weights
