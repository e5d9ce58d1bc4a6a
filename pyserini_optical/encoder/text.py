"""From texts to vectors with any backend: batches sorted by length, padded to their longest text."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from tokenizers import Tokenizer

from pyserini_optical.encoder.batches import pad_ids, run_batches
from pyserini_optical.encoder.templates import Template

Array = TypeVar("Array")


def pool_mean(states: Array, mask: Array) -> Array:
    """Average the states of the tokens, without padding.

    Parameters
    ----------
    states : array, shape (n, t, d)
    mask : array, shape (n, t)
        1 for a token, 0 for padding; at least one 1 per row.

    Returns
    -------
    array, shape (n, d)
    """
    return (states * mask[..., None]).sum(1) / mask.sum(1)[:, None]  # type: ignore[index,attr-defined]


def pool_first(states: Array, mask: Array) -> Array:
    """Take the state of the first token, `[CLS]`.

    Parameters
    ----------
    states : array, shape (n, t, d)
    mask : array, shape (n, t)

    Returns
    -------
    array, shape (n, d)
    """
    return states[:, 0]  # type: ignore[index]


def normalise(vectors: Array) -> Array:
    """Scale each vector to length one; a zero vector stays zero.

    Parameters
    ----------
    vectors : array, shape (n, d)

    Returns
    -------
    array, shape (n, d)
    """
    lengths = (vectors * vectors).sum(-1)[..., None] ** 0.5  # type: ignore[operator]
    return vectors / (lengths + (lengths == 0))


POOL = {"mean": pool_mean, "cls": pool_first}


class Backend(Protocol):
    """Computes token states; :class:`~pyserini_optical.encoder.torch_backend.TorchBackend` is the usual one."""

    @property
    def lanes(self) -> int:
        """Best number of batches to run in parallel."""
        ...

    @property
    def embed(self) -> Callable[[np.ndarray], np.ndarray]:
        """The embedding look-up: from ids, an ndarray of int64, to an ndarray of float32 with one more axis."""
        ...

    @property
    def packs_rows(self) -> bool:
        """Whether `packed_states` puts several texts into one row, so that padding costs nothing."""
        ...

    def with_embeddings(self, embed: Callable[[np.ndarray], np.ndarray]) -> "Backend":
        """Make a backend with the same layers and other embeddings."""
        ...

    def token_states(self, ids: np.ndarray, mask: np.ndarray) -> tuple[Any, Any]:
        """States (n, t, d) and mask (n, t), both float32, of ids and mask (n, t)."""
        ...

    def packed_states(self, ids: np.ndarray, mask: np.ndarray) -> tuple[Any, Any]:
        """The same, but the states of padding may have any values."""
        ...


class TextEncoder:
    """One tokenizer and one backend.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Adds the special tokens itself.
    dimension : int
        Vector size.
    pooling : {"mean", "cls"}
    normalize : bool
        Scale vectors to length one.
    max_length : int
        Longest input in tokens, including special tokens.
    prefix : str
        Put before every text, unchanged.
    batch_size : int
        Texts per batch, if batches run one after another.
    frame : Template, optional
        Tokens around a text, in place of the tokenizer's own special tokens.
    normalise_text : callable, optional
        Normalisation of the text; by default none.
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
        frame: Template | None = None,
        normalise_text: Callable[[str], str] = str,
    ) -> None:
        # A tokenizer file may set its own padding (the default teacher's pads to 128).
        tokenizer.no_padding()
        if frame is not None:
            frame.apply(tokenizer)
        self._unpooled = 0 if frame is None else len(frame.begin)
        self._fill: list[int] = [] if frame is None else frame.fill(tokenizer)
        self.tokenizer = tokenizer
        self.backend = backend
        self.dimension = dimension
        self.pooling = pooling
        self.normalize = normalize
        self.prefix = prefix
        self.batch_size = batch_size
        self._normalise_text = normalise_text
        self.max_length = max_length
        self.cut_at(max_length)
        self.pad = tokenizer.token_to_id("[PAD]") or tokenizer.token_to_id("<pad>") or 0

    def cut_at(self, length: int) -> None:
        """Truncate texts to this many tokens from now on, including special tokens."""
        self.tokenizer.enable_truncation(length)

    def encode(self, text: str) -> np.ndarray:
        """Encode one text.

        Returns
        -------
        ndarray of float32, shape (d,)
        """
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts.

        Returns
        -------
        ndarray of float32, shape (n, d)
            In the order of `texts`.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for positions, pooled in self._over_batches(texts, self.pool):
            vectors[positions] = pooled
        return vectors

    def pool(self, states: Any, mask: Any) -> np.ndarray:
        """Pool token states into vectors.

        Parameters
        ----------
        states : array, shape (n, t, d)
        mask : array, shape (n, t)

        Returns
        -------
        ndarray of float32, shape (n, d)
        """
        pooled = POOL[self.pooling](states[:, self._unpooled :], mask[:, self._unpooled :])
        return _as_numpy(normalise(pooled) if self.normalize else pooled)

    def encode_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Encode texts token by token, for late interaction.

        Returns
        -------
        list of ndarray of float32, shapes (tokens, d)
            The last layer's states, including special tokens, neither pooled nor normalised.
        """
        tokens: list[np.ndarray] = [np.empty(0)] * len(texts)

        def unpad(states: Any, mask: Any) -> list[np.ndarray]:
            values, lengths = _as_numpy(states), _as_numpy(mask).sum(1).astype(int)
            return [value[:length] for value, length in zip(values, lengths, strict=True)]

        for positions, states in self._over_batches(texts, unpad):
            for position, state in zip(positions, states, strict=True):
                tokens[position] = state
        return tokens

    def tokens(self, text: str) -> list[str]:
        """Split a text into the tokens that :meth:`encode_tokens` encodes.

        Returns
        -------
        list of str
            Including special tokens.
        """
        return self.tokenizer.encode(self.prefix + self._normalise_text(text)).tokens

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokenise texts: the token ids of each, including special tokens."""
        encoded = self.tokenizer.encode_batch_fast([self.prefix + self._normalise_text(text) for text in texts])
        return [encoding.ids + self._fill[len(encoding.ids) :] for encoding in encoded]

    def _over_batches(self, texts: Sequence[str], use: Callable[[Any, Any], Any]) -> Iterable[tuple[list[int], Any]]:
        """Positions of each batch's texts, and the result of `use` on their states and mask."""
        ids_of = self.token_ids(texts)

        def run(positions: list[int]) -> tuple[list[int], Any]:
            ids, mask = pad_ids([ids_of[position] for position in positions], self.pad)
            return positions, use(*self.backend.token_states(ids, mask))

        return run_batches(run, ids_of, self.batch_size, self.backend.lanes)


def _as_numpy(array: Any) -> np.ndarray:
    return np.asarray(array.cpu() if hasattr(array, "cpu") else array)
