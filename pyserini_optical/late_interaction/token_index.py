"""An index of single tokens: Faiss inverted lists whose residuals take 2 or 4 bits a dimension.

An index is a folder: `index` (Faiss), `passages.tsv` (identifier and number of tokens) and `late.json`.
"""

import json
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.late_interaction.token_vectors import TokenVectors

FORMAT = "pyserini-optical-late/1"
MANIFEST = "late.json"
INDEX = "index"
PASSAGES = "passages.tsv"


class TokenIndex:
    """A compressed token index.

    Attributes
    ----------
    offsets : numpy.ndarray, shape (m + 1,), int64
        Passage `i` owns tokens `offsets[i]` to `offsets[i + 1]`.
    encoder : str
        Name of the encoder that made the passages' vectors.

    Raises
    ------
    OpticalError
        There is no index, or its parts do not fit together.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        manifest_path = self.folder / MANIFEST
        if not manifest_path.is_file():
            raise OpticalError(f"{self.folder}: holds no token index; make one with `pyserini-optical late index`")
        with open_text(manifest_path) as file:
            manifest = json.load(file)
        if manifest.get("format") != FORMAT:
            raise OpticalError(f"{manifest_path}: format {manifest.get('format')!r} is unknown, not {FORMAT!r}")
        self.encoder: str = manifest["encoder"]
        self.dimension: int = manifest["dimension"]
        try:
            self._faiss: Any = faiss.read_index(str(self.folder / INDEX))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise OpticalError(f"{self.folder}: is damaged ({reason}); build the index again") from error
        with open_text(self.folder / PASSAGES) as file:
            passages = [line.rstrip("\n").split("\t") for line in file]
        self.docids = [docid for docid, _ in passages]
        self.offsets = np.cumsum([0] + [int(length) for _, length in passages])
        found = (len(self.docids), int(self.offsets[-1]), self._faiss.ntotal, self._faiss.d)
        if found != (manifest["passages"], manifest["tokens"], manifest["tokens"], self.dimension):
            raise OpticalError(f"{self.folder}: its files do not belong together; build the index again")

    def __len__(self) -> int:
        return len(self.docids)

    def find_candidates(self, query: np.ndarray, count: int, probes: int = 8, hits: int = 512) -> np.ndarray:
        """Passages whose tokens lie nearest to the query's.

        A passage that no token of which was found for a query token gets, for it, the score of the worst one found.

        Parameters
        ----------
        query : numpy.ndarray, shape (q, d), float32
        count : int
            How many passages to return at most.
        probes : int
            Inverted lists to visit for a query token.
        hits : int
            Tokens to find for a query token.

        Returns
        -------
        numpy.ndarray, shape (<= count,), int64
            Rows of the collection, in no order.

        References
        ----------
        Scheerer et al., *WARP: An Efficient Engine for Multi-Vector Retrieval*, SIGIR 2025, section 4.2.
        """
        parameters: Any = faiss.SearchParametersIVF()
        parameters.nprobe = min(probes, self._faiss.nlist)
        similarities, tokens = self._faiss.search(query, hits, params=parameters)
        found = tokens >= 0
        floors = np.where(found, similarities, np.inf).min(axis=1)
        rows = np.searchsorted(self.offsets, tokens[found], side="right") - 1
        candidates, places = np.unique(rows, return_inverse=True)
        best = np.repeat(floors[:, None], len(candidates), axis=1)
        np.maximum.at(best, (np.nonzero(found)[0], places), similarities[found])
        estimates = best.sum(axis=0)
        if len(candidates) <= count:
            return candidates
        return candidates[np.argpartition(-estimates, count)[:count]]

    def gather_rows(self, rows: np.ndarray) -> TokenVectors:
        """Decompressed token vectors of the passages at some places of the collection.

        Parameters
        ----------
        rows : numpy.ndarray, shape (m,)
        """
        if self._faiss.direct_map.no():
            self._faiss.make_direct_map()
        starts, lengths = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
        return TokenVectors(self._faiss.reconstruct_batch(tokens), ends)
