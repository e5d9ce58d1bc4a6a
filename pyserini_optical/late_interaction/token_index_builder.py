"""Compressing a token store into an index of single tokens.

References
----------
Santhanam et al., *ColBERTv2*, NAACL 2022, section 3.3: centroids and quantised residuals.
Jégou et al., *Product Quantization for Nearest Neighbor Search*, PAMI 2011.
"""

import logging
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import refuse_overwrite, write_file, write_folder, write_json
from pyserini_optical.late_interaction.store import TokenStore
from pyserini_optical.late_interaction.token_index import FORMAT, INDEX, MANIFEST, PASSAGES, TokenIndex

logger = logging.getLogger(__name__)

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
        Bits a dimension: a product quantiser of 8 bits for each four dimensions, or a scalar quantiser.
    lists : int, optional
        Number of inverted lists; by default the power of two nearest below four times the root of the tokens.
    overwrite : bool
        Replace an index that is there.

    Raises
    ------
    OpticalError
        There are too few tokens to train on, or the dimension cannot be cut into fours.
    """
    refuse_overwrite(folder, overwrite)
    tokens = int(store.offsets[-1])
    lists = lists or max(1, 2 ** int(np.log2(4 * np.sqrt(tokens))))
    index = _make_index(store.dimension, bits, lists)
    if tokens < max(256, lists):
        raise OpticalError(
            f"{store.folder}: {tokens} tokens are too few to train {lists} lists and 256 codes; "
            "rank so small a collection from its store: late rerank, or late search --scoring exhaustive"
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
        raise OpticalError(f"{bits} bits a dimension are not offered; take 2 or 4")
    if bits == 2 and dimension % 4:
        raise OpticalError(f"token vectors of {dimension} dimensions cannot be cut into fours; take 4 bits")
    codec = f"PQ{dimension // 4}x8" if bits == 2 else "SQ4"
    index: Any = faiss.index_factory(dimension, f"IVF{lists},{codec}", faiss.METRIC_INNER_PRODUCT)
    # Centroids of unit length, as the tokens are: by inner product a longer centroid would draw what is not near it.
    index.cp.spherical = True
    index.cp.niter = 8
    index.cp.max_points_per_centroid = _TOKENS_A_LIST
    if bits == 2:
        # It renumbers codes for a Hamming filter that is not used here, and takes most of the time.
        index.do_polysemous_training = False
        index.pq.cp.niter = 10
        index.pq.cp.max_points_per_centroid = 64
    return index


def _sample_tokens(store: TokenStore, count: int) -> np.ndarray:
    """Tokens of whole passages drawn at random, `count` or all there are, shape (n, d), always the same."""
    rows = np.random.default_rng(0).permutation(len(store))
    enough = int(np.searchsorted(np.cumsum(np.diff(store.offsets)[rows]), count)) + 1
    return store.gather_rows(np.sort(rows[:enough])).vectors
