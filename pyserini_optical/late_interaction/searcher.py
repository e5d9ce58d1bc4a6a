"""Search by MaxSim: candidates from the token index, scores from the store or the index itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.maxsim import join_texts, score_gathered
from pyserini_optical.late_interaction.query_tokens import load_query_tokens
from pyserini_optical.late_interaction.store import MANIFEST, TokenStore
from pyserini_optical.late_interaction.token_index import TokenIndex
from pyserini_optical.runs import rank

if TYPE_CHECKING:
    from pyserini.search.faiss import DenseSearchResult

STORE, COMPRESSED = "store", "compressed"
SCORINGS = ("exact", "compressed", "exhaustive")


class LateIndex:
    """A folder made by `late index`: a compressed token index and, unless it was deleted, the token store.

    A collection of few tokens, or one indexed with `--no-compress`, only has a store and is searched exhaustively.

    Attributes
    ----------
    encoder : str
        Name of the encoder that made the passages' vectors.

    Raises
    ------
    OpticalError
        There is no index in the folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.store: TokenStore | None = None
        self.compressed: TokenIndex | None = None
        if (self.folder / STORE / MANIFEST).is_file():
            self.store = TokenStore(self.folder / STORE)
        if self.store is None or (self.folder / COMPRESSED).is_dir():
            self.compressed = TokenIndex(self.folder / COMPRESSED)
        if self.store and self.compressed and self.store.docids != self.compressed.docids:
            raise OpticalError(
                f"{self.folder}: the store and the compressed index differ in their passages; build the index again"
            )
        made: TokenStore | TokenIndex | None = self.compressed or self.store
        assert made is not None  # TokenIndex has refused a folder without both
        self.encoder, self.dimension = made.encoder, made.dimension

    def search(
        self,
        query: np.ndarray,
        k: int = 10,
        scoring: str | None = None,
        candidates: int | None = None,
        probes: int = 8,
    ) -> dict[str, float]:
        """Find the best passages for one query.

        Parameters
        ----------
        query : numpy.ndarray, shape (q, d), float32
            Normalised token vectors.
        k : int
            Most passages to return.
        scoring : {"exact", "compressed", "exhaustive"}, optional
            Exact MaxSim of the candidates from the store, MaxSim of their decompressed vectors, or exact MaxSim of
            every passage of the store. By default exact if there is a store, else compressed; exhaustive if there is
            only a store.
        candidates : int, optional
            Passages to score; by default the larger of 100 and k.
        probes : int
            Inverted lists to visit for a query token.

        Returns
        -------
        dict of str to float
            Passage to MaxSim, best first.

        Raises
        ------
        OpticalError
            The query has another dimension than the index, or the scoring needs a missing store.
        """
        if query.ndim != 2 or query.shape[1] != self.dimension:
            raise OpticalError(
                f"{self.folder}: holds vectors of {self.dimension} dimensions, but the query has shape "
                f"{query.shape}; encode it with a student of {self.encoder}, or with that encoder itself"
            )
        for name, number in (("hits", k), ("candidates", candidates), ("probes", probes)):
            if number is not None and number < 1:
                raise OpticalError(f"{number} {name}: give a whole number of at least 1")
        scoring = scoring or ("exhaustive" if not self.compressed else "exact" if self.store else "compressed")
        if scoring not in SCORINGS:
            raise OpticalError(f"scoring {scoring!r} is unknown; choose one of {', '.join(SCORINGS)}")
        if scoring == "exhaustive":
            return search_exhaustively(self._needed_store(scoring), [query], k)[0]
        if self.compressed is None:
            raise OpticalError(
                f"{self.folder}: has no compressed index, which {scoring} scoring needs; leave out --scoring to "
                "search the token store"
            )
        source = self._needed_store(scoring) if scoring == "exact" else self.compressed
        rows = self.compressed.find_candidates(query, max(candidates or 100, k), probes)
        scores = score_gathered(join_texts([query]), source.gather_rows, rows)[0]
        return rank({self.compressed.docids[row]: float(score) for row, score in zip(rows, scores, strict=True)}, k)

    def _needed_store(self, scoring: str) -> TokenStore:
        if self.store is None:
            raise OpticalError(f"{self.folder / STORE}: no token store, which {scoring} scoring needs; build it again")
        return self.store


def search_exhaustively(store: TokenStore, queries: Sequence[np.ndarray], k: int = 10) -> list[dict[str, float]]:
    """Exact MaxSim of every passage for several queries: the reference, and sufficient for a small collection.

    Parameters
    ----------
    queries : sequence of numpy.ndarray, each of shape (tokens, d)
    k : int
        Passages to return per query.

    Returns
    -------
    list of dict of str to float
        One ranking per query, best first.
    """
    scores = score_gathered(join_texts(queries), store.gather_rows, range(len(store)))
    return [rank(dict(zip(store.docids, row.tolist(), strict=True)), k) for row in scores]


class OpticalLateSearcher:
    """Search an index of token vectors by MaxSim.

    Parameters
    ----------
    index_dir : str or Path
        Folder made by `pyserini-optical late index`.
    query_encoder : str
        A student, or the encoder of the index for English queries.
    scoring : {"exact", "compressed", "exhaustive"}, optional
        See :meth:`~pyserini_optical.late_interaction.searcher.LateIndex.search`.
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
            One identifier per query.
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
            raise OpticalError(f"{len(queries)} queries and {len(q_ids)} query ids; give one id per query")
        texts = [query for query in queries if isinstance(query, str)]
        encoded = iter(self.encode_queries(texts) if texts else [])
        faiss.omp_set_num_threads(threads)
        hits = {}
        for q_id, query in zip(q_ids, queries, strict=True):
            tokens = next(encoded) if isinstance(query, str) else query.astype(np.float32)
            ranking = self.index.search(tokens, k, self._scoring, self._candidates, self._probes)
            hits[q_id] = [DenseSearchResult(docid, score) for docid, score in ranking.items()]
        return hits
