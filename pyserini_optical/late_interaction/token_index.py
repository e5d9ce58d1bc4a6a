"""An index of single tokens: Faiss inverted lists with residuals of 2 or 4 bits per dimension.

An index is a folder: `index` (Faiss), `passages.tsv` (identifier and number of tokens) and `late.json`.
"""

import logging
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, read_object, refuse_overwrite, write_file, write_folder, write_json
from pyserini_optical.late_interaction.maxsim import TokenVectors
from pyserini_optical.late_interaction.store import TokenStore

FORMAT = "pyserini-optical-late/1"
MANIFEST = "late.json"
INDEX = "index"
PASSAGES = "passages.tsv"


class TokenIndex:
    """A compressed token index.

    Attributes
    ----------
    offsets : numpy.ndarray, shape (m + 1,), int64
        Passage `i` has tokens `offsets[i]` to `offsets[i + 1]`.
    encoder : str
        Name of the encoder that made the passages' vectors.

    Raises
    ------
    OpticalError
        There is no index, or its parts do not match.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        manifest_path = self.folder / MANIFEST
        if not manifest_path.is_file():
            raise OpticalError(f"{self.folder}: has no token index; build one with `pyserini-optical late index`")
        manifest = read_object(manifest_path, "build the index again")
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
            raise OpticalError(f"{self.folder}: its files do not match; build the index again")

    def __len__(self) -> int:
        return len(self.docids)

    def find_candidates(self, query: np.ndarray, count: int, probes: int = 8, hits: int = 512) -> np.ndarray:
        """Find the passages with tokens nearest to the query's.

        If no token of a passage was found for a query token, the passage gets the score of the worst token found for
        it.

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
            Rows of the collection, in no particular order.

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
        """Decompressed token vectors of the passages at some positions of the collection.

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


logger = logging.getLogger(__name__)

FEWEST_TOKENS = 256
"""As many as a product quantiser has codes; below, a collection is searched in its store."""

_TOKENS_A_LIST = 40
"""Tokens a list to train on: Faiss warns below 39 and gains little above."""


def build_token_index(
    store: TokenStore, folder: str | Path, bits: int = 2, lists: int | None = None, overwrite: bool = False
) -> TokenIndex:
    """Compress a token store into inverted lists.

    Parameters
    ----------
    folder : str or Path
        The index.
    bits : {2, 4}
        Bits per dimension; 2: a product quantiser with 8 bits for every four dimensions; 4: a scalar quantiser.
    lists : int, optional
        Number of inverted lists; by default the power of two nearest below four times the root of the tokens.
    overwrite : bool
        Replace an existing index.

    Raises
    ------
    OpticalError
        There are too few tokens to train on, or the dimension is not a multiple of four.
    """
    refuse_overwrite(folder, overwrite)
    tokens = int(store.offsets[-1])
    lists = lists or max(1, 2 ** int(np.log2(4 * np.sqrt(tokens))))
    index = _make_index(store.dimension, bits, lists)
    if tokens < max(FEWEST_TOKENS, lists):
        raise OpticalError(
            f"{store.folder}: {tokens} tokens are too few to train {lists} lists and {FEWEST_TOKENS} codes; such "
            "a small "
            "collection is searched in its token store"
        )
    logger.info("training %d lists on tokens of %s", lists, store.folder)
    index.train(_sample_tokens(store, max(256 * 64, lists * _TOKENS_A_LIST)))
    for first in range(0, len(store), 1000):
        index.add(store.gather_rows(range(first, min(first + 1000, len(store)))).vectors)
    manifest = {
        "format": FORMAT,
        "encoder": store.encoder,
        "dimension": store.dimension,
        "bits": bits,
        "lists": lists,
        "passages": len(store),
        "tokens": tokens,
    }
    with write_folder(folder, overwrite=overwrite) as partial:
        faiss.write_index(index, str(partial / INDEX))
        with write_file(partial / PASSAGES) as file:
            lengths = np.diff(store.offsets).tolist()
            file.writelines(f"{docid}\t{length}\n" for docid, length in zip(store.docids, lengths, strict=True))
        write_json(partial / MANIFEST, manifest)
    return TokenIndex(folder)


def _make_index(dimension: int, bits: int, lists: int) -> Any:
    if bits not in (2, 4):
        raise OpticalError(f"{bits} bits per dimension are not supported; choose 2 or 4")
    if bits == 2 and dimension % 4:
        raise OpticalError(
            f"token vectors of {dimension} dimensions cannot be split into groups of four; choose 4 bits"
        )
    codec = f"PQ{dimension // 4}x8" if bits == 2 else "SQ4"
    index: Any = faiss.index_factory(dimension, f"IVF{lists},{codec}", faiss.METRIC_INNER_PRODUCT)
    # Unit-length centroids, like the tokens: by inner product a longer centroid would attract tokens that are not near
    # it.
    index.cp.spherical = True
    index.cp.niter = 8
    index.cp.max_points_per_centroid = _TOKENS_A_LIST
    if bits == 2:
        # Polysemous training renumbers codes for a Hamming filter that is not used here, and takes most of the time.
        index.do_polysemous_training = False
        index.pq.cp.niter = 10
        index.pq.cp.max_points_per_centroid = 64
    return index


def _sample_tokens(store: TokenStore, count: int) -> np.ndarray:
    """Tokens of whole passages drawn at random, `count` or all there are, shape (n, d), always the same."""
    rows = np.random.default_rng(0).permutation(len(store))
    enough = int(np.searchsorted(np.cumsum(np.diff(store.offsets)[rows]), count)) + 1
    return store.gather_rows(np.sort(rows[:enough])).vectors
