"""Searchers in separate processes, so that they do not wait for each other's interpreter lock."""

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.java import leave_java, spare_memory
from pyserini_optical.serving.limits import TooBusy

Result = TypeVar("Result")

_own = threading.local()
"""The searcher of this worker."""


@dataclass(frozen=True)
class About:
    """The languages and modes of a searcher, and its backend.

    Attributes
    ----------
    languages : list of dict
        See :meth:`pyserini_optical.searcher.OpticalSearcher.list_languages`.
    modes : list of str
    backend : str or None
        See :attr:`pyserini_optical.searcher.OpticalSearcher.backend`.
    """

    languages: list[dict[str, str]]
    modes: list[str]
    backend: str | None


class Workers:
    """Searchers that work in parallel: a single one in a thread of this process, several in one process each.

    Parameters
    ----------
    make_searcher : callable
        Makes a searcher, which is then opened. For several workers the function has to be picklable.
    count : int
        Number of workers.
    """

    def __init__(self, make_searcher: Callable[[], Any], count: int = 1) -> None:
        self.count = count
        self._make_searcher = make_searcher
        self._lifeline: Connection | None = None
        self._pool = self._start()

    def open(self) -> About:
        """Wait until all workers have read indexes and models.

        Raises
        ------
        OpticalError
            They cannot be read.
        """
        told = [self._pool.submit(_describe) for _ in range(self.count)]
        try:
            return [each.result() for each in told][-1]
        except BrokenExecutor as error:
            self._end()
            raise OpticalError(
                f"one of {self.count} processes died while it read indexes and models; if memory is short, pass fewer "
                "--processes"
            ) from error

    async def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Have a worker compute `function(searcher, *arguments)`.

        Raises
        ------
        OpticalError
            Raised by the function.
        TooBusy
            The worker has died; all workers are restarted.
        """
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _call, function, *arguments)
        except BrokenExecutor as error:
            if pool is self._pool:
                self._end()
                self._pool = self._start()
            raise TooBusy("a searching process has died and is started again; ask again in a moment") from error

    def stop(self) -> None:
        """Let the workers finish, then stop them."""
        if self.count == 1:
            self._pool.submit(leave_java).result()
        self._pool.shutdown()

    def _start(self) -> Executor:
        if self.count == 1:
            return ThreadPoolExecutor(1, "searcher", _open, (self._make_searcher,))
        spawn = multiprocessing.get_context("spawn")  # Java does not survive a fork
        far_end, self._lifeline = spawn.Pipe(duplex=False)
        given = self._make_searcher, spawn.Barrier(self.count), far_end
        return ProcessPoolExecutor(self.count, spawn, _open_alone, given)

    def _end(self) -> None:
        """End the processes that are left of a broken pool, whose own SIGTERM they ignore."""
        if self._lifeline is not None:
            self._lifeline.close()


def fetch_passage(searcher: Any, docid: str) -> tuple[str, str]:
    """Read the title and text of a passage."""
    passage: tuple[str, str] = searcher.fetch(docid)
    return passage


def _open_alone(make_searcher: Callable[[], Any], together: Any, lifeline: Connection) -> None:
    _own.together = together
    for stop in (signal.SIGINT, signal.SIGTERM):  # may reach all processes; the parent lets this one finish
        signal.signal(stop, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    _open(make_searcher)


def _end_with(lifeline: Connection) -> None:
    lifeline.poll(None)  # nothing is ever sent: it returns when the parent has closed its end, or is gone
    os._exit(1)


def _open(make_searcher: Callable[[], Any]) -> None:
    try:
        spare_memory()
        searcher = make_searcher()
        searcher.open()
    except OpticalError as error:  # raised here, it would print a traceback and break the pool
        _own.failure = str(error)
        return
    _own.searcher = searcher
    gc.freeze()  # loaded tables stay: keep the collector from scanning millions of words again and again


def _call(function: Callable[..., Result], *arguments: Any) -> Result:
    if not hasattr(_own, "searcher"):
        raise OpticalError(_own.failure)
    try:
        return function(_own.searcher, *arguments)
    except OpticalError as error:
        raise OpticalError(str(error)) from error  # unlike some of its subclasses, it can be pickled


def _describe() -> About:
    if hasattr(_own, "together"):  # while one waits it takes no other's turn
        _own.together.wait()
    return _call(lambda searcher: About(searcher.list_languages(), list(searcher.modes), searcher.backend))
