"""Hybrid search, by words and meaning, in one process."""

from collections.abc import Sequence
from typing import Any, Protocol

from pyserini_optical.fusion.fuse import Weights, fuse_lists, share
from pyserini_optical.fusion.hubness import HUBNESS_PENALTY, HubnessReducedSearcher
from pyserini_optical.fusion.weights import DEPTH, SHIPPED_WEIGHTS, AdaptiveWeights
from pyserini_optical.lexicon.words import foreign_words
from pyserini_optical.runs import Run, ScoredDocument, rank, search_run


class Searcher(Protocol):
    """The interface that both sides need, which Pyserini's searchers have."""

    def batch_search(self, queries: list[str], q_ids: list[str], k: int, threads: int) -> dict[str, list[Any]]:
        """Search with many queries; hits have a `docid` and a `score`."""
        ...


class OpticalHybridSearcher:
    """Fuse a sparse and a dense searcher, by default with weights that adapt to the query.

    The ranking is that of `pyserini-optical fuse` over the two runs, if the dense one was made with the same hubness
    penalty. With fixed weights, min-max scores and no hubness penalty it is also that of `pyserini.search.hybrid
    --normalization --alpha a`, where a is the ratio of the sparse weight to the dense one.

    Parameters
    ----------
    weights : AdaptiveWeights or pair of float
        A model that weights each query, or fixed weights of the sparse and the dense side.
    method : {"weighted-sum", "rrf"}
    normalisation : {"min-max", "z-score", "rank", "none"}
        See :func:`pyserini_optical.fusion.fuse`; adaptive weights expect z-scores.
    depth : int
        Number of documents of each side to fuse.
    hubness_penalty : float
        Share of a passage's similarity to its neighbours that is subtracted from its dense score, see
        :class:`pyserini_optical.fusion.hubness.HubnessReducedSearcher`; 0 leaves the scores unchanged.
    language : str, optional
        ISO 639-3 code of the queries, used to count their words; by default that of the sparse searcher's table.

    Examples
    --------
    >>> sparse = StructuredQuerySearcher("indexes/lucene", table)  # doctest: +SKIP
    >>> dense = FaissSearcher("indexes/faiss", load_query_encoder("optical-swa"))  # doctest: +SKIP
    >>> hits = OpticalHybridSearcher(sparse, dense).search("mji mkuu wa Kenya ni upi?")  # doctest: +SKIP
    """

    def __init__(
        self,
        sparse_searcher: Searcher,
        dense_searcher: Searcher,
        weights: AdaptiveWeights | Weights = SHIPPED_WEIGHTS,
        method: str = "weighted-sum",
        normalisation: str = "z-score",
        depth: int = DEPTH,
        hubness_penalty: float = HUBNESS_PENALTY,
        language: str | None = None,
    ) -> None:
        self.sparse_searcher = sparse_searcher
        self.dense_searcher = (
            HubnessReducedSearcher(dense_searcher, hubness_penalty) if hubness_penalty else dense_searcher
        )
        self.weights = weights
        self.method = method
        self.normalisation = normalisation
        self.depth = depth
        self.language = language or getattr(sparse_searcher, "language", None)

    def search(self, query: str, k: int = 10) -> list[ScoredDocument]:
        """Search with one query.

        Parameters
        ----------
        k : int
            Number of hits.

        Returns
        -------
        list of ScoredDocument
            `docid` and `score`, best first.
        """
        return self.batch_search([query], ["query"], k)["query"]

    def batch_search(
        self, queries: Sequence[str], q_ids: Sequence[str], k: int = 10, threads: int = 1
    ) -> dict[str, list[ScoredDocument]]:
        """Search with many queries.

        Parameters
        ----------
        queries, q_ids : sequence of str
            Queries and their ids.
        k : int
            Number of hits per query.
        threads : int
            For each of the two sides.
        """
        return {
            query: [ScoredDocument(document, score) for document, score in ranking.items()]
            for query, ranking in self.search_run(queries, q_ids, k, threads).items()
        }

    def search_run(self, queries: Sequence[str], q_ids: Sequence[str], k: int = 1000, threads: int = 1) -> Run:
        """Search with many queries.

        Parameters
        ----------
        queries, q_ids : sequence of str
            Queries and their ids.
        k : int
            Number of documents per query.
        threads : int
            For each of the two sides.
        """
        sparse = search_run(self.sparse_searcher, queries, q_ids, self.depth, threads)
        dense = search_run(self.dense_searcher, queries, q_ids, self.depth, threads)
        run: Run = {}
        for query, text in zip(q_ids, queries, strict=True):
            weights = weigh_sides(sparse[query], dense[query], text, self.language, self.weights)
            fused = fuse_lists([sparse[query], dense[query]], weights, self.method, self.normalisation)
            run[query] = rank(fused, k)
        return run


def weigh_sides(
    sparse: dict[str, float],
    dense: dict[str, float],
    query: str,
    language: str | None = None,
    weights: AdaptiveWeights | Weights = SHIPPED_WEIGHTS,
) -> tuple[float, float]:
    """Compute the weights of the two sides for one query.

    Parameters
    ----------
    sparse, dense : dict of str to float
        Document id -> score, best first.
    language : str, optional
        ISO 639-3 code of the query, used to count its words.

    Returns
    -------
    sparse, dense : float
        Two weights that sum to 1.
    """
    if isinstance(weights, AdaptiveWeights):
        return weights.weigh(sparse, dense, len(foreign_words(query, language)))
    first, second = share(weights, query)
    return first, second
