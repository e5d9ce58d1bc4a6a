"""Reduce the language bias of a multilingual dense index by changing its vectors once, before any query.

Passages that say the same in two languages do not get the same vector: each language has its own mean and its own
uncertainty. Two corrections, neither with a cost at query time:

* *centring*: the mean of every language becomes the mean of all vectors;
* *smoothing*: a passage moves towards its nearest neighbours, whatever their language.

`eval/experiments/documents.md` reports their effect on mAP and on the rank distance.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyserini_optical.encoder.dense_index import DOCIDS, INDEX, ORIGIN, is_similarity, read_header
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_folder

NEIGHBOURS, SHARE = 10, 0.5
"""Chosen so that smoothing halves the rank distance and costs nothing in pools without parallel passages."""

TOGETHER = 1024


def balance_index(
    folder: str | Path,
    output: str | Path,
    languages: Sequence[str] | None = None,
    neighbours: int = NEIGHBOURS,
    share: float = SHARE,
    overwrite: bool = False,
) -> None:
    """Write a flat index whose vectors are centred and smoothed.

    Parameters
    ----------
    folder : str or Path
        A Faiss index that compares by inner product and can return its vectors, with its `docid` file.
    languages : sequence of str, optional
        Language of each passage, in the order of `docid`; by default no centring.
    neighbours : int
        Number of neighbours that a passage moves towards; 0: no smoothing.
    share : float
        Share of the neighbours' mean in the new vector, 0 to 1.

    Raises
    ------
    OpticalError
        The index compares by distance or cannot return its vectors, a number is out of range, or `output` exists.
    """
    import faiss

    folder = Path(folder)
    if not is_similarity(read_header(folder / INDEX).metric):
        raise OpticalError(f"{folder}: compares by distance, but balancing needs an inner-product index")
    index = faiss.read_index(str(folder / INDEX))
    try:
        vectors = index.reconstruct_n(0, index.ntotal)
    except RuntimeError as error:
        raise OpticalError(
            f"{folder}: cannot return its vectors ({type(index).__name__}); balance a flat index"
        ) from error
    if languages is not None:
        vectors = centre_languages(vectors, languages)
    if neighbours:
        vectors = smooth_vectors(vectors, find_neighbours(vectors, neighbours), share)
    balanced = faiss.IndexFlatIP(vectors.shape[1])
    balanced.add(np.ascontiguousarray(vectors))
    with write_folder(output, overwrite=overwrite) as partial:
        faiss.write_index(balanced, str(partial / INDEX))
        for name in (DOCIDS, ORIGIN):
            if (folder / name).exists():
                shutil.copyfile(folder / name, partial / name)


def centre_languages(vectors: np.ndarray, languages: Sequence[str]) -> np.ndarray:
    """Replace the mean of each language by the mean of all vectors.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Of length one.
    languages : sequence of str
        One per vector.

    Returns
    -------
    ndarray of float32, shape (n, d)
        Of length one.

    Raises
    ------
    OpticalError
        The numbers of languages and vectors differ.
    """
    if len(languages) != len(vectors):
        raise OpticalError(f"{len(languages)} languages for {len(vectors)} vectors; give one per passage")
    names, members = np.unique(np.asarray(languages), return_inverse=True)
    means = np.stack([vectors[members == place].mean(0) for place in range(len(names))])
    return _normalise(vectors - means[members] + vectors.mean(0))


def find_neighbours(vectors: np.ndarray, count: int) -> np.ndarray:
    """Find the nearest neighbours of each vector by exact inner product.

    Returns
    -------
    ndarray of int64, shape (n, min(count, n - 1))

    Raises
    ------
    OpticalError
        `count` is below 1.
    """
    import faiss
    from tqdm import tqdm

    if count < 1:
        raise OpticalError(f"{count} neighbours: give a number of at least 1")
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    count = min(count, len(vectors) - 1)
    found = np.empty((len(vectors), count), np.int64)
    with tqdm(total=len(vectors), unit="passage", desc="neighbours", disable=None) as bar:
        for start in range(0, len(vectors), TOGETHER):
            rows = np.arange(start, min(start + TOGETHER, len(vectors)))
            _, near = index.search(np.ascontiguousarray(vectors[rows]), count + 1)
            # Among equal vectors another may come first, so that the vector itself is not found at all.
            order = np.argsort(near == rows[:, None], axis=1, kind="stable")
            found[rows] = np.take_along_axis(near, order, axis=1)[:, :count]
            bar.update(len(rows))
    return found


def smooth_vectors(vectors: np.ndarray, neighbours: np.ndarray, share: float) -> np.ndarray:
    r"""Move vectors towards the mean of their neighbours.

    .. math:: d' \propto (1 - \alpha) \, d + \alpha \, \frac{1}{k} \sum_{n \in N_k(d)} n

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Of length one.
    neighbours : ndarray of int64, shape (n, k)
        Rows of `vectors`.
    share : float
        The :math:`\alpha` of the formula.

    Returns
    -------
    ndarray of float32, shape (n, d)
        Of length one.

    Raises
    ------
    OpticalError
        `share` is not between 0 and 1.

    References
    ----------
    Diaz, *Regularizing Ad Hoc Retrieval Scores*, CIKM 2005, smooths the scores of similar documents in the same way;
    for inner products, smoothing the vectors is equivalent.
    """
    if not 0.0 <= share <= 1.0:
        raise OpticalError(f"a share of {share}: give a number from 0 to 1")
    return _normalise((1 - share) * vectors + share * vectors[neighbours].mean(1))


def _normalise(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
