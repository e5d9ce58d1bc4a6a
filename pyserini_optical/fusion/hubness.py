r"""Hubness reduction. Hubs are passages close to everything, which outrank the right one for many queries.

A student's vector is less certain than its teacher's: it lies nearer to the centre of all vectors, where the hubs are.
A passage is therefore scored not by how close it is to the query, but by how much closer the query is than the
passage's own neighbours. The index is unchanged, nothing is trained, and no other queries are needed.
`eval/experiments/hubness.md` reports the effect.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.dense_search import encode_queries, warn_of_few_hits
from pyserini_optical.runs import Run, ScoredDocument, rank, round_scores

logger = logging.getLogger(__name__)

CANDIDATES, POOL, NEIGHBOURS = 300, 300, 10
"""Passages that are rescored, the top ones of these that may be neighbours, and the number of neighbours."""

TOGETHER = 64_000
"""Most vectors in memory at a time, over all queries that are searched together."""

HUBNESS_PENALTY = 0.5
"""As in CSLS, which subtracts half of the similarity to the neighbours on either side."""


class HubnessReducedSearcher:
    r"""A dense searcher that subtracts from a passage's score its similarity to its neighbours.

    .. math:: s(q, d) = q^\top d - \lambda \frac{\lVert q \rVert}{k}
              \sum_{n \in N_k(d)} \frac{n^\top d}{\lVert n \rVert}

    :math:`N_k(d)` are the passages nearest to d among the top passages of the query: they stand in for other queries in
    the region, scaled to the norm of this one.

    Parameters
    ----------
    dense_searcher : FaissSearcher
        Its index has to return its vectors, exactly (flat, HNSW, IVF) or approximately (quantised); otherwise the
        scores are left unchanged, with a warning. If the index compares by distance, passages are found by distance and
        scored by inner product.
    penalty : float
        :math:`\lambda`, from 0 to 1.

    Raises
    ------
    OpticalError
        The penalty is outside 0 to 1.

    References
    ----------
    Conneau et al., Word Translation Without Parallel Data, ICLR 2018 (CSLS, here applied to the passages only). Hara et
    al., Localized Centering: Reducing Hubness in Large-Sample Data, AAAI 2015.

    Examples
    --------
    >>> dense = FaissSearcher("indexes/faiss", load_query_encoder("optical-swa"))  # doctest: +SKIP
    >>> reduced = HubnessReducedSearcher(dense)  # doctest: +SKIP
    >>> hits = reduced.batch_search(["mji mkuu wa Kenya ni upi?"], ["1"], k=10)["1"]  # doctest: +SKIP
    """

    def __init__(self, dense_searcher: Any, penalty: float = HUBNESS_PENALTY) -> None:
        import faiss

        if not 0.0 <= penalty <= 1.0:
            raise OpticalError(f"a hubness penalty of {penalty}: give a number from 0 to 1")
        self._by_distance = dense_searcher.index.metric_type != faiss.METRIC_INNER_PRODUCT
        self.dense_searcher = dense_searcher
        self.penalty = penalty
        self.index, self.docids = dense_searcher.index, dense_searcher.docids

    def batch_search(
        self, queries: Sequence[str] | np.ndarray, q_ids: Sequence[str], k: int = 10, threads: int = 1
    ) -> dict[str, list[ScoredDocument]]:
        """Search with many queries.

        Parameters
        ----------
        queries : sequence of str, or ndarray, shape (queries, dimension)
            Queries or their vectors.
        q_ids : sequence of str
            Query ids.
        k : int
            Number of hits per query, the best of the first `CANDIDATES` passages, or of the first `k` if that is more.
        threads : int
            Threads of the dense searcher.
        """
        return {
            query: [
                ScoredDocument(self.docids[row], score)
                for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
            ]
            for query, rows, scores in self._search(queries, q_ids, k, threads)
        }

    def search_run(
        self, queries: Sequence[str] | np.ndarray, q_ids: Sequence[str], k: int = 1000, threads: int = 1
    ) -> Run:
        """Search with many queries, as :meth:`batch_search` does, and return a run."""
        run: Run = {}
        for query, rows, scores in self._search(queries, q_ids, k, threads):
            found: dict[str, float] = {}
            for row, score in zip(rows.tolist(), round_scores(scores), strict=True):
                found.setdefault(self.docids[row], score)
            run[query] = rank(found)
        return run

    def _search(
        self, queries: Sequence[str] | np.ndarray, q_ids: Sequence[str], k: int, threads: int
    ) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        """Index rows and scores for each query, best first."""
        import faiss

        if not len(q_ids):
            return
        wanted = min(max(k, CANDIDATES), self.index.ntotal)
        encoded = encode_queries(self.dense_searcher.query_encoder, queries)
        faiss.omp_set_num_threads(threads)
        step = max(1, TOGETHER // max(1, wanted))
        for start in range(0, len(q_ids), step):
            part = slice(start, start + step)
            for query, vector, *found in zip(
                q_ids[part], encoded[part], *self._find(encoded[part], wanted), strict=True
            ):
                rows, scores = self._rescore(vector, *found)
                yield query, rows[:k], scores[:k]

    def _find(self, vectors: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | list[None]]:
        """Scores and rows of the candidates, shape (queries, wanted), and their vectors where the index has them."""
        if self.penalty and not hasattr(self.dense_searcher, "_optical_without_vectors"):
            try:
                return self.index.search_and_reconstruct(vectors, wanted)
            except RuntimeError:
                self.dense_searcher._optical_without_vectors = True  # warn only once
                logger.warning(
                    "no hubness reduction: a Faiss index of type %s cannot return the vectors that it needs; use "
                    "a flat index, "
                    "or pass --hubness-penalty 0",
                    type(self.index).__name__,
                )
        return *self.index.search(vectors, wanted), [None] * len(vectors)

    def _rescore(
        self, query: np.ndarray, scores: np.ndarray, rows: np.ndarray, vectors: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        if len(rows) and rows[-1] < 0:  # an approximate index that found fewer
            found = rows >= 0
            warn_of_few_hits(self.dense_searcher, int(found.sum()), len(rows))
            scores, rows, vectors = scores[found], rows[found], None if vectors is None else vectors[found]
        if self._by_distance:
            scores = -scores if vectors is None else vectors @ query
        if vectors is not None and len(rows):
            scores = scores - self.penalty * float(np.linalg.norm(query)) * measure_similarity(vectors)
        order = np.argsort(-scores, kind="stable")
        return rows[order], scores[order]


def measure_similarity(vectors: np.ndarray, pool: int = POOL, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Measure how similar each passage of a list is to its nearest neighbours in the list.

    Parameters
    ----------
    vectors : ndarray, shape (passages, dimension)
        Best first.
    pool : int
        Number of passages, from the top, among which neighbours are sought.
    neighbours : int
        Number of nearest neighbours that count; a passage is not its own neighbour.

    Returns
    -------
    ndarray, shape (passages,)
        Mean inner product of the passage with the unit vectors of its neighbours; 0 if there are no other passages.
    """
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    units = np.asarray(vectors, np.float32) / np.maximum(norms, np.finfo(np.float32).tiny)[:, None]
    first = units[:pool]
    count = min(neighbours, len(first) - 1)
    if count == 0:
        return np.zeros(len(vectors), np.float32)
    cosines = units @ first.T  # of all with all, as a rule: then BLAS computes but half of them
    np.fill_diagonal(cosines, -np.inf)
    nearest = np.partition(cosines, len(first) - count, axis=1)[:, len(first) - count :]
    return norms * nearest.mean(axis=1)
