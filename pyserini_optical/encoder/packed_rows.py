"""Several short texts in one row: the layers compute no padding, and no text attends to another."""

from typing import Any

import numpy as np


class PackedRows:
    """Where the tokens of a padded batch lie when several texts share a row.

    Parameters
    ----------
    mask : ndarray of int64, shape (n, t)
        1 for a token, 0 for the padding after a text.

    Attributes
    ----------
    texts : ndarray of int64, shape (rows, t)
        Number of the text that a token belongs to, from 1; 0 for padding. Tokens attend to those of the same number.
    positions : ndarray of int64, shape (rows, t)
        Position of each token in its text.
    """

    def __init__(self, mask: np.ndarray) -> None:
        count, width = mask.shape
        lengths = mask.sum(1)
        begins = _first_fit(lengths.tolist(), width)
        self.texts = np.zeros((max(begins) // width + 1, width), np.int64)
        self.positions = np.zeros_like(self.texts)
        within = np.arange(width)
        present = within < lengths[:, None]
        self._packed = np.where(present, np.array(begins)[:, None] + within, 0)
        places = self._packed[present]
        self.texts.put(places, np.repeat(np.arange(1, count + 1), lengths))
        self.positions.put(places, np.broadcast_to(within, mask.shape)[present])
        self._padded = np.zeros(self.texts.shape, np.int64)
        self._padded.put(places, np.flatnonzero(present))

    def pack(self, padded: Any) -> Any:
        """Lay out a padded batch, array or tensor of shape (n, t, ...), in rows, shape (rows, t, ...)."""
        return padded.reshape(-1, *padded.shape[2:])[self._padded]

    def unpack(self, packed: Any) -> Any:
        """Lay out rows, shape (rows, t, ...), as a padded batch, shape (n, t, ...), with any values for padding."""
        return packed.reshape(-1, *packed.shape[2:])[self._packed]


def _first_fit(lengths: list[int], width: int) -> list[int]:
    """Place each text, the longest first, in the first row with room for it: the places of their first tokens."""
    used: list[int] = []
    begins = [0] * len(lengths)
    for text in sorted(range(len(lengths)), key=lambda text: -lengths[text]):
        row = next((row for row, taken in enumerate(used) if taken + lengths[text] <= width), len(used))
        if row == len(used):
            used.append(0)
        begins[text] = row * width + used[row]
        used[row] += lengths[text]
    return begins
