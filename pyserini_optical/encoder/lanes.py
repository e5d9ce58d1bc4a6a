"""Batches side by side, each on one core: for small layers faster than one batch after another on all cores."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_threads_of_torch = Lock()


def run_side_by_side(task: Callable[[Batch], Result], batches: Iterable[Batch], lanes: int) -> Iterator[Result]:
    """Run a torch task on batches, several at a time, each on one thread.

    Parameters
    ----------
    task : callable
        Must not share what it changes with another run of itself.
    batches : iterable
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
