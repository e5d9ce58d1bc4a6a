"""Searchers in processes of their own: what one computes keeps no other waiting for Python's lock."""

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.java import leave_java, spare_memory
from pyserini_optical.serving.limits import TooBusy

Result = TypeVar("Result")

_own = threading.local()
"""The searcher of this worker."""


@dataclass(frozen=True)
class About:
    """What a searcher offers.

    Attributes
    ----------
    languages : list of dict
        As :meth:`pyserini_optical.searcher.OpticalSearcher.list_languages` gives them.
    modes : list of str
    """

    languages: list[dict[str, str]]
    modes: list[str]


class Workers:
    """Searchers that work side by side: one in a thread of this process, several in a process each.

    Parameters
    ----------
    make_searcher : callable
        Makes a searcher, which is opened then. For several workers it has to be one that `pickle` can name.
    count : int
        Of workers.
    """

    def __init__(self, make_searcher: Callable[[], Any], count: int = 1) -> None:
        self.count = count
        self._make_searcher = make_searcher
        self._pool = self._start()

    def open(self) -> About:
        """Wait until indexes and models are read.

        Raises
        ------
        OpticalError
            They cannot be read.
        """
        told = [self._pool.submit(_call, _describe) for _ in range(self.count)]
        return [each.result() for each in told][-1]

    async def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Have a worker compute `function(searcher, *arguments)`.

        Raises
        ------
        OpticalError
            As the function does.
        TooBusy
            The worker has died. All are started again.
        """
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _call, function, *arguments)
        except BrokenExecutor as error:
            if pool is self._pool:
                self._pool = self._start()
            raise TooBusy("a searching process has died and is started again; ask again in a moment") from error

    def stop(self) -> None:
        """Let the workers end what they do, and end them."""
        if self.count == 1:
            self._pool.submit(leave_java).result()
        self._pool.shutdown()

    def _start(self) -> Executor:
        if self.count == 1:
            return ThreadPoolExecutor(1, "searcher", _open, (self._make_searcher,))
        spawn = multiprocessing.get_context("spawn")  # Java does not survive a fork
        return ProcessPoolExecutor(self.count, spawn, _open_alone, (self._make_searcher,))


def fetch_passage(searcher: Any, docid: str) -> tuple[str, str]:
    """Read title and text of a passage."""
    passage: tuple[str, str] = searcher.fetch(docid)
    return passage


def _open_alone(make_searcher: Callable[[], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one lets this one finish
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _open(make_searcher)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _open(make_searcher: Callable[[], Any]) -> None:
    try:
        spare_memory()
        searcher = make_searcher()
        searcher.open()
    except OpticalError as error:  # raised here, it would be a traceback and a broken pool
        _own.failure = str(error)
        return
    _own.searcher = searcher
    gc.freeze()  # what was read stays: tables of millions of words are not gone through again and again


def _call(function: Callable[..., Result], *arguments: Any) -> Result:
    if not hasattr(_own, "searcher"):
        raise OpticalError(_own.failure)
    try:
        return function(_own.searcher, *arguments)
    except OpticalError as error:
        raise OpticalError(str(error)) from error  # unlike some of its heirs, it can go from process to process


def _describe(searcher: Any) -> About:
    return About(searcher.list_languages(), list(searcher.modes))
