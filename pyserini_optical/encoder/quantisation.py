"""Embeddings in 8 bits, one scale per row, or in 4 bits, one scale per 32 values."""

import numpy as np

from pyserini_optical.errors import OpticalError

GROUP = 32
"""Number of values that share a scale in 4 bits."""

CLIPPING = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
"""Shares of a group's largest magnitude to try as its range: a smaller range has finer steps."""


def quantise_rows(embeddings: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Round embeddings to whole steps.

    Parameters
    ----------
    embeddings : ndarray, shape (subwords, d)
        Finite values; for 4 bits d is a multiple of 32.
    bits : {8, 4}
        8: 255 steps between plus and minus a row's largest magnitude. 4: 16 steps in each group of a row, with the step
        size in :data:`CLIPPING` that loses least.

    Returns
    -------
    rows : ndarray of int8, shape (subwords, d)
    scales : ndarray, shape (subwords,) float32, or in 4 bits (subwords, d / 32) float16
        Step size.

    Raises
    ------
    OpticalError
        A value is NaN or infinite, or d does not fit.
    """
    if not np.isfinite(embeddings).all():
        row = int(np.argwhere(~np.isfinite(embeddings))[0, 0])
        raise OpticalError(f"embedding of subword {row} is not finite; train again with a lower learning rate")
    if bits == 4:
        return _quantise_groups(embeddings)
    largest = np.abs(embeddings).max(axis=1).astype(np.float32)
    scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    rows = np.rint(embeddings / scales[:, None]).astype(np.int8)
    return rows, scales


def _quantise_groups(embeddings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count, dimension = embeddings.shape
    if dimension % GROUP:
        raise OpticalError(f"4-bit embeddings need a dimension divisible by {GROUP}, not {dimension}; use 8 bits")
    groups = embeddings.reshape(count, -1, GROUP)
    largest = np.abs(groups).max(axis=-1, keepdims=True)
    rows, scales = np.zeros(groups.shape, np.int8), np.ones(largest.shape, np.float16)
    least = np.full(largest.shape, np.inf, np.float32)
    for share in CLIPPING:
        tried = (largest * (share / 7)).astype(np.float16)
        tried[tried == 0] = 1
        steps = np.clip(np.rint(groups / tried), -8, 7)
        loss = np.square(steps * tried - groups).sum(axis=-1, keepdims=True)
        better = loss < least
        rows, scales = np.where(better, steps.astype(np.int8), rows), np.where(better, tried, scales)
        least = np.minimum(loss, least)
    return rows.reshape(count, dimension), scales[..., 0]


def restore_rows(rows: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Undo :func:`quantise_rows`, up to half a step.

    Parameters
    ----------
    rows : ndarray of int8, shape (..., d)
    scales : ndarray, shape (...) or (..., groups)

    Returns
    -------
    ndarray of float32, shape (..., d)
    """
    if scales.ndim < rows.ndim:
        return rows * scales[..., None]
    groups = rows.reshape(*scales.shape, -1) * scales[..., None].astype(np.float32)
    return groups.reshape(rows.shape)


def join_halves(rows: np.ndarray) -> np.ndarray:
    """Pack two 4-bit values into a byte.

    Parameters
    ----------
    rows : ndarray of int8, shape (subwords, d)
        Values from -8 to 7.

    Returns
    -------
    ndarray of uint8, shape (subwords, d / 2)
        The first half of a row in the low bits, the second in the high ones.
    """
    low, high = np.split((rows + 8).astype(np.uint8), 2, axis=1)
    return low | high << 4


def part_halves(joined: np.ndarray) -> np.ndarray:
    """Undo :func:`join_halves`.

    Parameters
    ----------
    joined : ndarray of uint8, shape (subwords, d / 2)

    Returns
    -------
    ndarray of int8, shape (subwords, d)
    """
    return np.concatenate([joined & 15, joined >> 4], axis=1).astype(np.int8) - np.int8(8)
