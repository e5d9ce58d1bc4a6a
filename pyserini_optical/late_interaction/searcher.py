"""`OpticalLateSearcher`: late interaction behind the interface of Pyserini's FaissSearcher."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.query_tokens import load_query_tokens
from pyserini_optical.late_interaction.search import LateIndex

if TYPE_CHECKING:
    from pyserini.search.faiss import DenseSearchResult


class OpticalLateSearcher:
    """Search an index of token vectors by MaxSim.

    Parameters
    ----------
    index_dir : str or Path
        What `pyserini-optical late index` made.
    query_encoder : str
        A student, or the encoder of the index for English queries.
    scoring : {"exact", "compressed", "exhaustive"}, optional
        As :meth:`~pyserini_optical.late_interaction.search.LateIndex.search` takes it.
    candidates : int, optional
        Passages to score; by default the larger of 100 and k.
    probes : int
        Inverted lists to visit for a query token.
    device : str
        A torch device, for the query encoder.

    Raises
    ------
    OpticalError
        Index or encoder cannot be loaded.

    Examples
    --------
    >>> searcher = OpticalLateSearcher("indexes/late", "optical-swa")            # doctest: +SKIP
    >>> searcher.search("mji mkuu wa Kenya ni upi?", k=3)                        # doctest: +SKIP
    """

    def __init__(
        self,
        index_dir: str | Path,
        query_encoder: str,
        scoring: str | None = None,
        candidates: int | None = None,
        probes: int = 8,
        device: str = "cpu",
    ) -> None:
        self.index = LateIndex(index_dir)
        self.encode_queries = load_query_tokens(query_encoder, device, self.index.encoder)
        self._scoring = scoring
        self._candidates = candidates
        self._probes = probes

    def search(self, query: str | np.ndarray, k: int = 10, threads: int = 1) -> "list[DenseSearchResult]":
        """Search with one query.

        Parameters
        ----------
        query : str or numpy.ndarray of shape (q, d)
            Text, or normalised token vectors.
        k : int
            Number of hits to return.
        threads : int
            Maximum number of threads to use for intra-query search.

        Returns
        -------
        list of pyserini.search.faiss.DenseSearchResult
            Best first.

        Raises
        ------
        OpticalError
            The query is empty or of another dimension than the index.
        """
        return self.batch_search([query], ["query"], k, threads)["query"]

    def batch_search(
        self, queries: Sequence[str | np.ndarray], q_ids: Sequence[str], k: int = 10, threads: int = 1
    ) -> "dict[str, list[DenseSearchResult]]":
        """Search with several queries.

        Parameters
        ----------
        queries : sequence of str or of numpy.ndarray of shape (q, d)
        q_ids : sequence of str
            One identifier a query.
        k : int
            Number of hits to return.
        threads : int
            Maximum number of threads to use.

        Returns
        -------
        dict of str to list of pyserini.search.faiss.DenseSearchResult
            Query identifier to hits, best first.

        Raises
        ------
        OpticalError
            Queries and identifiers differ in number, or a query is empty or of another dimension than the index.
        """
        from pyserini.search.faiss import DenseSearchResult

        if len(queries) != len(q_ids):
            raise OpticalError(f"{len(queries)} queries and {len(q_ids)} query ids; one id a query is needed")
        texts = [query for query in queries if isinstance(query, str)]
        encoded = iter(self.encode_queries(texts) if texts else [])
        faiss.omp_set_num_threads(threads)
        hits = {}
        for q_id, query in zip(q_ids, queries, strict=True):
            tokens = next(encoded) if isinstance(query, str) else query.astype(np.float32)
            ranking = self.index.search(tokens, k, self._scoring, self._candidates, self._probes)
            hits[q_id] = [DenseSearchResult(docid, score) for docid, score in ranking.items()]
        return hits
