"""From the hits of Pyserini's searchers to a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyserini_optical.runs.ranking import Run, rank


@dataclass
class Hit:
    """A document that was found, as Pyserini's `DenseSearchResult`."""

    docid: str
    score: float


def search_run(searcher: Any, queries: Sequence[str], q_ids: Sequence[str], k: int, threads: int = 1) -> Run:
    """Search with many queries, with any searcher that has `batch_search`.

    Parameters
    ----------
    searcher : LuceneSearcher, FaissSearcher, or one of ours
        Ours have a `search_run` of their own, which makes no object per hit.
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


def to_scores(hits: Sequence[Any]) -> dict[str, float]:
    """Turn Pyserini's hits into a ranked list, with the scores that a run file would hold.

    Parameters
    ----------
    hits : sequence of objects with `docid` and `score`
        Best first. Of a document that was found twice, the better hit counts.

    Returns
    -------
    dict of str to float
        Document id -> score, best first, ties by document id.
    """
    scores: dict[str, float] = {}
    for hit in hits:
        scores.setdefault(hit.docid, float(f"{hit.score:.9g}"))
    return rank(scores)
