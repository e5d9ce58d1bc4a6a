"""Search a collection by MaxSim: candidates from the token index, scores from the store or from the index itself."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.maxsim import score_gathered
from pyserini_optical.late_interaction.store import MANIFEST, TokenStore
from pyserini_optical.late_interaction.token_index import TokenIndex
from pyserini_optical.late_interaction.token_vectors import join_texts
from pyserini_optical.runs import rank

STORE, COMPRESSED = "store", "compressed"
SCORINGS = ("exact", "compressed", "exhaustive")


class LateIndex:
    """A folder that `late index` made: a compressed token index and, unless it was deleted, the token store.

    Raises
    ------
    OpticalError
        The folder holds no index.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.compressed = TokenIndex(self.folder / COMPRESSED)
        self.store: TokenStore | None = None
        if (self.folder / STORE / MANIFEST).is_file():
            self.store = TokenStore(self.folder / STORE)
            if self.store.docids != self.compressed.docids:
                raise OpticalError(
                    f"{self.folder}: store and compressed index hold other passages; build the index again"
                )

    @property
    def encoder(self) -> str:
        """Name of the encoder that made the passages' vectors."""
        return self.compressed.encoder

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
            How many passages to return at most.
        scoring : {"exact", "compressed", "exhaustive"}, optional
            Exact MaxSim of the candidates from the store, MaxSim of their decompressed vectors, or exact MaxSim of
            every passage of the store. By default exact if there is a store, else compressed.
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
            The query has another dimension than the index, or the scoring needs a store that is not there.
        """
        if query.ndim != 2 or query.shape[1] != self.compressed.dimension:
            raise OpticalError(
                f"{self.folder}: holds vectors of {self.compressed.dimension} dimensions, the query has shape "
                f"{query.shape}; encode it with a student of {self.encoder}, or with that encoder itself"
            )
        scoring = scoring or ("exact" if self.store else "compressed")
        if scoring not in SCORINGS:
            raise OpticalError(f"scoring {scoring!r} is unknown; known are {', '.join(SCORINGS)}")
        if scoring == "exhaustive":
            return search_exhaustively(self._needed_store(scoring), [query], k)[0]
        source = self._needed_store(scoring) if scoring == "exact" else self.compressed
        rows = self.compressed.find_candidates(query, max(candidates or 100, k), probes)
        scores = score_gathered(join_texts([query]), source.gather_rows, rows)[0]
        return rank({self.compressed.docids[row]: float(score) for row, score in zip(rows, scores, strict=True)}, k)

    def _needed_store(self, scoring: str) -> TokenStore:
        if self.store is None:
            raise OpticalError(f"{self.folder / STORE}: no token store, which {scoring} scoring needs; build it again")
        return self.store


def search_exhaustively(store: TokenStore, queries: Sequence[np.ndarray], k: int = 10) -> list[dict[str, float]]:
    """Exact MaxSim of every passage for several queries: the yardstick, and enough for a small collection.

    Parameters
    ----------
    queries : sequence of numpy.ndarray, each of shape (tokens, d)
    k : int
        How many passages to return for a query.

    Returns
    -------
    list of dict of str to float
        One ranking a query, best first.
    """
    scores = score_gathered(join_texts(queries), store.gather_rows, range(len(store)))
    return [rank(dict(zip(store.docids, row.tolist(), strict=True)), k) for row in scores]
