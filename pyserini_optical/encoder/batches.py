"""Batches of token ids: texts of like length together, padded to the longest of them."""

from collections.abc import Iterator, Sequence

import numpy as np


def batch_by_length(texts: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    """Put texts of like length together.

    Parameters
    ----------
    texts : sequence of sequence of int
        Token ids of each.
    size : int
        Texts a batch.

    Yields
    ------
    list of int
        Places of a batch's texts, the shortest first.
    """
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def batch_by_work(texts: Sequence[Sequence[int]], work: int) -> Iterator[list[int]]:
    """Put texts of like length together, in batches of like work.

    Parameters
    ----------
    texts : sequence of sequence of int
        Token ids of each.
    work : int
        Tokens a batch, padding counted; a longer text is a batch of its own.

    Yields
    ------
    list of int
        Places of a batch's texts, the longest first, so that no long batch comes last.
    """
    batch: list[int] = []
    for place in sorted(range(len(texts)), key=lambda place: -len(texts[place])):
        if batch and (len(batch) + 1) * len(texts[batch[0]]) > work:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def pad_ids(texts: Sequence[Sequence[int]], fill: int, width: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Lay texts out as one array.

    Parameters
    ----------
    texts : sequence of sequence of int
        Token ids of each.
    fill : int
        Id to fill up with.
    width : int, optional
        By default that of the longest.

    Returns
    -------
    ids : ndarray of int64, shape (n, width)
    mask : ndarray of int64, shape (n, width)
        1 for a token, 0 for what was filled up.
    """
    width = width or max(map(len, texts))
    ids = np.full((len(texts), width), fill, dtype=np.int64)
    mask = np.zeros((len(texts), width), dtype=np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return ids, mask
