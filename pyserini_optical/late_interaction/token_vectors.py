"""Token vectors of many texts, end to end: one matrix and the place where each text begins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyserini_optical.errors import OpticalError


@dataclass(frozen=True)
class TokenVectors:
    """Token vectors of `m` texts of different lengths, without padding.

    Attributes
    ----------
    vectors : numpy.ndarray, shape (n, d), float32
        All tokens of all texts, in order.
    offsets : numpy.ndarray, shape (m + 1,), int64
        Text `i` owns rows `offsets[i]` to `offsets[i + 1]`.
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
    """Lay the token vectors of several texts end to end.

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
        raise OpticalError("no text was given; token vectors of at least one are needed")
    widths = sorted({text.shape[-1] for text in texts})
    if len(widths) > 1:
        raise OpticalError(f"token vectors of different widths ({widths}); use one encoder for all of them")
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return TokenVectors(np.concatenate(texts).astype(np.float32, copy=False), offsets)
