"""Exact MaxSim: the score of a passage is the sum, over query tokens, of the best passage token's similarity.

References
----------
Khattab and Zaharia, *ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over BERT*,
SIGIR 2020, equation 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class TokenVectors:
    """Token vectors of `m` texts of different lengths, without padding.

    Attributes
    ----------
    vectors : numpy.ndarray, shape (n, d), float32
        All tokens of all texts, in order.
    offsets : numpy.ndarray, shape (m + 1,), int64
        Text `i` has rows `offsets[i]` to `offsets[i + 1]`.
    """

    vectors: np.ndarray
    offsets: np.ndarray

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2:
            raise OpticalError(f"token vectors have shape {self.vectors.shape}; (tokens, dimension) is needed")
        if len(self.offsets) == 0 or self.offsets[0] != 0 or self.offsets[-1] != len(self.vectors):
            raise OpticalError(f"offsets do not span the {len(self.vectors)} token vectors from the first to the last")
        if np.any(np.diff(self.offsets) <= 0):
            empty = int(np.argmax(np.diff(self.offsets) <= 0))
            raise OpticalError(f"text {empty} has no token vector, so it has no MaxSim; encode it with its markers")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, text: int) -> np.ndarray:
        """Vectors of one text, shape (tokens, d)."""
        return self.vectors[self.offsets[text] : self.offsets[text + 1]]

    @property
    def dimension(self) -> int:
        """Width d of a token vector."""
        return self.vectors.shape[1]


def join_texts(texts: Sequence[np.ndarray]) -> TokenVectors:
    """Concatenate the token vectors of several texts.

    Parameters
    ----------
    texts : sequence of numpy.ndarray, each of shape (tokens, d)
        At least one text; every text has at least one token.

    Raises
    ------
    OpticalError
        There is no text, a text is empty, or the widths differ.
    """
    if not texts:
        raise OpticalError("no texts were given; give the token vectors of at least one")
    widths = sorted({text.shape[-1] for text in texts})
    if len(widths) > 1:
        raise OpticalError(f"token vectors of different dimensions ({widths}); use one encoder for all of them")
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return TokenVectors(np.concatenate(texts).astype(np.float32, copy=False), offsets)


_SIMILARITIES_AT_ONCE = 16 * 1024 * 1024
_PASSAGES_AT_ONCE = 64
"""Few enough that their vectors stay in the processor's cache and their memory is taken from the allocator's lists:
fresh pages cost more than MaxSim itself."""


def score_maxsim(queries: TokenVectors, passages: TokenVectors) -> np.ndarray:
    """MaxSim of every query with every passage, ragged on both sides.

    Parameters
    ----------
    queries : TokenVectors
        b queries.
    passages : TokenVectors
        m passages of the same dimension.

    Returns
    -------
    numpy.ndarray, shape (b, m), float32
        Inner products; cosines if both sides are normalised.

    Raises
    ------
    OpticalError
        The dimensions differ.

    Examples
    --------
    >>> import numpy as np
    >>> from pyserini_optical.late_interaction.maxsim import join_texts
    >>> queries = join_texts([np.array([[1.0, 0.0], [0.0, 1.0]])])
    >>> passages = join_texts([np.array([[0.5, 0.25]]), np.array([[1.0, 0.0], [0.0, 0.5]])])
    >>> score_maxsim(queries, passages).tolist()
    [[0.75, 1.5]]
    """
    if queries.dimension != passages.dimension:
        raise OpticalError(
            f"query tokens have {queries.dimension} dimensions and passage tokens {passages.dimension}; "
            "encode the queries with the index's encoder or a student of it"
        )
    scores = np.empty((len(queries), len(passages)), dtype=np.float32)
    for first, last in _passage_slices(passages.offsets, len(queries.vectors)):
        start, stop = passages.offsets[first], passages.offsets[last]
        similarities = queries.vectors @ passages.vectors[start:stop].T
        best = np.maximum.reduceat(similarities, passages.offsets[first:last] - start, axis=1)
        scores[:, first:last] = np.add.reduceat(best, queries.offsets[:-1], axis=0)
    return scores


def score_gathered(
    queries: TokenVectors, gather: Callable[[Any], TokenVectors], passages: Sequence[Any] | np.ndarray
) -> np.ndarray:
    """MaxSim of every query with passages, fetching their vectors a few at a time.

    Parameters
    ----------
    queries : TokenVectors
        b queries.
    gather : callable
        Maps a slice of `passages` to their token vectors, such as a store's `gather` or `gather_rows`.
    passages : sequence
        m identifiers or rows.

    Returns
    -------
    numpy.ndarray, shape (b, m), float32
    """
    starts = range(0, len(passages), _PASSAGES_AT_ONCE)
    slices = [passages[start : start + _PASSAGES_AT_ONCE] for start in starts]
    scores = [score_maxsim(queries, gather(piece)) for piece in slices]
    return np.concatenate([np.empty((len(queries), 0), np.float32), *scores], axis=1)


def _passage_slices(offsets: np.ndarray, query_tokens: int) -> list[tuple[int, int]]:
    """Split the passages so that similarity matrices stay small; a part has at least one passage."""
    tokens_at_once = max(1, _SIMILARITIES_AT_ONCE // max(1, query_tokens))
    slices, first, passages = [], 0, len(offsets) - 1
    while first < passages:
        fitting = int(np.searchsorted(offsets, offsets[first] + tokens_at_once, side="right")) - 1
        last = min(max(fitting, first + 1), passages)
        slices.append((first, last))
        first = last
    return slices
