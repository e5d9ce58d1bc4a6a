"""Batches of texts of similar length, several of which may run in parallel, each on one core."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

import numpy as np


def batch_by_length(texts: Sequence[Sequence[int]], size: int) -> Iterator[list[int]]:
    """Group texts of similar length.

    Parameters
    ----------
    texts : sequence of sequence of int
        Token ids of each.
    size : int
        Texts per batch.

    Yields
    ------
    list of int
        Positions of a batch's texts, the shortest first.
    """
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def batch_by_work(texts: Sequence[Sequence[int]], work: int) -> Iterator[list[int]]:
    """Group texts of similar length into batches of similar work.

    Parameters
    ----------
    texts : sequence of sequence of int
        Token ids of each.
    work : int
        Tokens per batch, including padding; a longer text gets its own batch.

    Yields
    ------
    list of int
        Positions of a batch's texts, the longest first, so that no long batch comes last.
    """
    batch: list[int] = []
    for place in sorted(range(len(texts)), key=lambda place: -len(texts[place])):
        if batch and (len(batch) + 1) * len(texts[batch[0]]) > work:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def batch_by_tokens(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts for layers that compute no padding.

    Parameters
    ----------
    lengths : sequence of int
        Number of tokens of each text.

    Returns
    -------
    list of list of int
        Positions of each batch's texts, the longest first; a batch has at most :data:`WORK` tokens or a single text.
    """
    batches: list[list[int]] = []
    room = 0
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if lengths[place] > room:
            batches.append([])
            room = WORK
        batches[-1].append(place)
        room -= lengths[place]
    return batches


def batch_by_cost(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts so that the layers do the least work, counting padding and calls.

    Parameters
    ----------
    lengths : sequence of int
        Number of tokens of each text.

    Returns
    -------
    list of list of int
        Positions of each batch's texts, the longest first; a batch has at most :data:`WORK` tokens or a single text.

    Examples
    --------
    >>> batch_by_cost([30, 12, 14, 29])  # one call for the long ones, one for the short ones
    [[0, 3], [2, 1]]
    >>> batch_by_cost([14, 12])  # two tokens of padding cost less than a call
    [[0, 1]]
    """
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    least, begins = [0], [0]  # of the first texts: what they cost, and where the last of their batches begins
    for end in range(1, len(order) + 1):
        best, begin = least[end - 1] + lengths[order[end - 1]], end - 1
        for start in range(end - 2, -1, -1):
            work = (end - start) * lengths[order[start]]
            if work > WORK:
                break
            if least[start] + work < best:
                best, begin = least[start] + work, start
        least.append(best + CALL)
        begins.append(begin)
    batches = []
    end = len(order)
    while end:
        batches.append(order[begins[end] : end])
        end = begins[end]
    return batches[::-1]


def pad_ids(texts: Sequence[Sequence[int]], fill: int, width: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Pad texts to one array.

    Parameters
    ----------
    texts : sequence of sequence of int
        Token ids of each.
    fill : int
        Id of the padding token.
    width : int, optional
        By default the length of the longest text.

    Returns
    -------
    ids : ndarray of int64, shape (n, width)
    mask : ndarray of int64, shape (n, width)
        1 for a token, 0 for padding.
    """
    width = width or max(map(len, texts))
    ids = np.full((len(texts), width), fill, dtype=np.int64)
    mask = np.zeros((len(texts), width), dtype=np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return ids, mask


Batch = TypeVar("Batch")
Result = TypeVar("Result")

WORK = 512
"""Tokens per batch if batches run in parallel: the activations then fit into a core's cache."""

CALL = 12
"""Overhead of a call of the layers, which reads all weights from memory, in tokens (MiniLM, ONNX)."""

_threads_of_torch = Lock()


def run_batches(
    task: Callable[[list[int]], Result], texts: Sequence[Sequence[int]], size: int, lanes: int
) -> Iterable[Result]:
    """Group texts of similar length and run a torch task on each batch.

    Parameters
    ----------
    task : callable
        Takes the positions of a batch's texts; see :func:`run_side_by_side`.
    texts : sequence of sequence of int
        Token ids of each.
    size : int
        Texts per batch, if batches run one after another.
    lanes : int
        Number of batches to run in parallel.

    Returns
    -------
    iterable
        The results of the batches.
    """
    batches = batch_by_work(texts, WORK) if lanes > 1 else batch_by_length(texts, size)
    return run_each(task, list(batches), lanes)


def run_each(task: Callable[[Batch], Result], batches: Sequence[Batch], lanes: int) -> Iterable[Result]:
    """Run a task on batches, in parallel if there are several lanes and several batches."""
    return run_side_by_side(task, batches, lanes) if lanes > 1 and len(batches) > 1 else map(task, batches)


def run_side_by_side(task: Callable[[Batch], Result], batches: Iterable[Batch], lanes: int) -> Iterator[Result]:
    """Run a torch task on several batches in parallel, each on one thread.

    Parameters
    ----------
    task : callable
        Must be safe to run concurrently with itself.
    lanes : int
        Number of batches run in parallel.

    Yields
    ------
    object
        The results, in the order of the batches. Torch's number of threads, which is process-wide, is one until the
        last result is drawn and then restored; a second caller waits.
    """
    import torch

    with _threads_of_torch:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            # Created anew each time, because a thread keeps the count it started with.
            with ThreadPoolExecutor(lanes, "lane") as pool:
                yield from pool.map(task, batches)
        finally:
            torch.set_num_threads(threads)
