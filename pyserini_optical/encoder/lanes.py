"""Batches side by side, each on one core: for small layers faster than one batch after another on all cores."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from pyserini_optical.encoder.batches import batch_by_length, batch_by_work

Batch = TypeVar("Batch")
Result = TypeVar("Result")

WORK = 512
"""Tokens a batch where batches run side by side: what the layers make of it stays in a core's cache."""

_threads_of_torch = Lock()


def run_batches(
    task: Callable[[list[int]], Result], texts: Sequence[Sequence[int]], size: int, lanes: int
) -> Iterable[Result]:
    """Put texts of like length together and run a torch task on each batch.

    Parameters
    ----------
    task : callable
        Takes the places of a batch's texts; see :func:`run_side_by_side`.
    texts : sequence of sequence of int
        Token ids of each.
    size : int
        Texts a batch, where batches run one after another.
    lanes : int
        Batches to run side by side.

    Returns
    -------
    iterable
        The results of the batches.
    """
    batches = list(batch_by_work(texts, WORK)) if lanes > 1 else []
    if len(batches) > 1:
        return run_side_by_side(task, batches, lanes)
    return map(task, batches or batch_by_length(texts, size))


def run_side_by_side(task: Callable[[Batch], Result], batches: Iterable[Batch], lanes: int) -> Iterator[Result]:
    """Run a torch task on batches, several at a time, each on one thread.

    Parameters
    ----------
    task : callable
        Must not share what it changes with another run of itself.
    lanes : int
        Batches at a time.

    Yields
    ------
    object
        The results, in the order of the batches. Torch's number of threads is one until the last is drawn, and then
        what it was: it is the process's, so a second caller waits.
    """
    import torch

    with _threads_of_torch:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            # Made anew each time, for a thread keeps the count it began with.
            with ThreadPoolExecutor(lanes, "lane") as pool:
                yield from pool.map(task, batches)
        finally:
            torch.set_num_threads(threads)
