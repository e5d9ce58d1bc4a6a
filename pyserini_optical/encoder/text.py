"""From texts to vectors, whatever runs the layers: batches sorted by length, padded to their longest."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from tokenizers import Tokenizer

from pyserini_optical.encoder.batches import batch_by_length, pad_ids
from pyserini_optical.encoder.pooling import POOL, normalise
from pyserini_optical.encoder.templates import Frame


class Backend(Protocol):
    """What computes token states; :class:`~pyserini_optical.encoder.torch_backend.TorchBackend` is the usual one."""

    def token_states(self, ids: np.ndarray, mask: np.ndarray) -> tuple[Any, Any]:
        """States (n, t, d) and mask (n, t), both float32, of ids and mask (n, t)."""
        ...


class TextEncoder:
    """One tokenizer and one backend.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Adds the special tokens itself.
    backend : Backend
    dimension : int
        Size of a vector.
    pooling : {"mean", "cls"}
    normalize : bool
        Scale vectors to length one.
    max_length : int
        Longest input in tokens, the special ones included.
    prefix : str
        Put before every text as it is.
    batch_size : int
        Texts a batch.
    frame : Frame, optional
        What stands around a text, in place of the tokenizer's own special tokens.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        backend: Backend,
        dimension: int,
        pooling: str = "mean",
        normalize: bool = True,
        max_length: int = 256,
        prefix: str = "",
        batch_size: int = 32,
        frame: Frame | None = None,
    ) -> None:
        # A tokenizer file may carry a padding of its own (the default teacher's pads to 128).
        tokenizer.no_padding()
        if frame is not None:
            frame.apply(tokenizer)
        self._unpooled = 0 if frame is None else len(frame.begin)
        self._fill: list[int] = [] if frame is None else frame.fill(tokenizer)
        tokenizer.enable_truncation(max_length)
        self.tokenizer = tokenizer
        self.backend = backend
        self.dimension = dimension
        self.pooling = pooling
        self.normalize = normalize
        self.prefix = prefix
        self.batch_size = batch_size
        self._pad = tokenizer.token_to_id("[PAD]") or tokenizer.token_to_id("<pad>") or 0

    def encode(self, text: str) -> np.ndarray:
        """Encode one text.

        Parameters
        ----------
        text : str

        Returns
        -------
        ndarray of float32, shape (d,)
        """
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts.

        Parameters
        ----------
        texts : sequence of str

        Returns
        -------
        ndarray of float32, shape (n, d)
            In the order of `texts`.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for positions, states, mask in self._batches(texts):
            pooled = POOL[self.pooling](states[:, self._unpooled :], mask[:, self._unpooled :])
            vectors[positions] = _as_numpy(normalise(pooled) if self.normalize else pooled)
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Encode texts token by token, for late interaction.

        Parameters
        ----------
        texts : sequence of str

        Returns
        -------
        list of ndarray of float32, shapes (tokens, d)
            The last layer's states, special tokens included, neither pooled nor normalised.
        """
        tokens: list[np.ndarray] = [np.empty(0)] * len(texts)
        for positions, states, mask in self._batches(texts):
            values, lengths = _as_numpy(states), _as_numpy(mask).sum(1).astype(int)
            for position, value, length in zip(positions, values, lengths, strict=True):
                tokens[position] = value[:length]
        return tokens

    def tokens(self, text: str) -> list[str]:
        """Cut a text into the tokens whose states :meth:`encode_tokens` gives.

        Parameters
        ----------
        text : str

        Returns
        -------
        list of str
            Special tokens included.
        """
        return self.tokenizer.encode(self.prefix + text).tokens

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Any, Any]]:
        encoded = self.tokenizer.encode_batch_fast([self.prefix + text for text in texts])
        ids_of = [encoding.ids + self._fill[len(encoding.ids) :] for encoding in encoded]
        for positions in batch_by_length(ids_of, self.batch_size):
            ids, mask = pad_ids([ids_of[position] for position in positions], self._pad)
            yield positions, *self.backend.token_states(ids, mask)


def _as_numpy(array: Any) -> np.ndarray:
    return np.asarray(array.cpu() if hasattr(array, "cpu") else array)
