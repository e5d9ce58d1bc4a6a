"""Batching: requests that wait at the same time are searched together, in one batch per worker."""

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.serving.limits import Limits, TooBusy
from pyserini_optical.serving.metrics import Metrics
from pyserini_optical.serving.warm_up import answer_made_up
from pyserini_optical.serving.workers import Workers

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """The question of one request; equal questions have equal answers."""

    query: str
    k: int = 10
    language: str | None = None
    mode: str | None = None


class Batcher:
    """Collect questions while all workers are busy, and search them as the next batch.

    A batch is never waited for: a question that finds a worker idle is searched at once. Only in the beginning may it
    find the worker busy with a made-up question, see :mod:`pyserini_optical.serving.warm_up`.

    Parameters
    ----------
    workers : Workers
        Workers with any searcher that has the `batch_search` of :class:`pyserini_optical.searcher.OpticalSearcher`.
    cached : int
        Number of recently used answers to cache; 0 for none.
    warm_up : float
        Seconds, from the start, during which idle workers answer made-up questions.
    """

    def __init__(
        self, workers: Workers, limits: Limits, metrics: Metrics, cached: int = 1024, warm_up: float = 0.0
    ) -> None:
        self._workers = workers
        self._limits = limits
        self._metrics = metrics
        self._cache = Cache(cached)
        self._warm_up = warm_up
        self._queue: asyncio.Queue[tuple[Question, asyncio.Future[bytes]]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start answering."""
        end = time.monotonic() + self._warm_up
        self._tasks = [asyncio.create_task(self._work(end)) for _ in range(self._workers.count)]

    async def stop(self) -> None:
        """Answer the waiting questions, then stop."""
        await self._queue.join()
        for task in self._tasks:
            task.cancel()

    async def ask(self, question: Question) -> bytes:
        """Answer a question.

        Returns
        -------
        bytes
            The answer as JSON, see :meth:`pyserini_optical.searcher.Answer.to_json`.

        Raises
        ------
        OpticalError
            The question cannot be answered.
        TooBusy
            Too many questions are waiting, or the answer took too long.
        """
        self._limits.check(question.query, question.k)
        known = self._cache.get(question)
        self._metrics.cache.labels("hit" if known else "miss").inc()
        if known is not None:
            return known
        if self._queue.qsize() >= self._limits.waiting:
            raise TooBusy(f"{self._limits.waiting} questions wait already; ask again in a moment")
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((question, future))
        self._metrics.waiting.set(self._queue.qsize())
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await future
        except TimeoutError:
            raise TooBusy(f"no answer within {self._limits.seconds:g} seconds; ask again in a moment") from None

    async def _work(self, warm_up_end: float) -> None:
        warming = True
        while True:
            while warming and self._queue.empty() and time.monotonic() < warm_up_end:
                warming = await self._warm()
            batch = [await self._queue.get()]
            while len(batch) < self._limits.together and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            self._metrics.waiting.set(self._queue.qsize())
            wanted = [(question, future) for question, future in batch if not future.done()]  # some clients have left
            questions = list(dict.fromkeys(question for question, _ in wanted))
            self._metrics.batch.observe(len(questions))
            try:
                found = dict(zip(questions, await self._search(questions), strict=True))
                for question, future in wanted:
                    self._settle(question, future, found[question])
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _warm(self) -> bool:
        """Have a worker answer a made-up question; say whether to go on."""
        try:
            return await self._workers.call(answer_made_up)
        except Exception as error:
            _log.warning("no further warming up: a made-up question could not be answered", exc_info=error)
            return False

    async def _search(self, questions: Sequence[Question]) -> Sequence[bytes | Exception]:
        try:
            return await self._workers.call(answer_questions, questions)
        except OpticalError as error:
            return [error] * len(questions)

    def _settle(self, question: Question, future: "asyncio.Future[bytes]", found: bytes | Exception) -> None:
        if isinstance(found, bytes):
            self._cache.put(question, found)
        if future.done():
            return
        if isinstance(found, bytes):
            future.set_result(found)
        else:
            future.set_exception(found)


def answer_questions(searcher: Any, questions: Sequence[Question]) -> list[bytes | Exception]:
    """Answer questions together or, if that fails, one by one, so that one cannot fail the others.

    Returns
    -------
    list of (bytes or Exception)
        An answer as JSON, an :class:`OpticalError`, or a `RuntimeError` with its cause in the log.
    """
    found: dict[Question, bytes | Exception] = {}
    groups: dict[tuple[int, str | None], list[Question]] = {}
    for question in questions:
        groups.setdefault((question.k, question.mode), []).append(question)
    for (k, mode), group in groups.items():
        queries, languages = [each.query for each in group], [each.language for each in group]
        try:
            answers = searcher.batch_search(queries, k=k, languages=languages, mode=mode)
        except Exception as error:
            found |= zip(group, _answer_alone(searcher, group, error), strict=True)
        else:
            written = (json.dumps(answer.to_json(), ensure_ascii=False).encode() for answer in answers)
            found |= zip(group, written, strict=True)
    return [found[question] for question in questions]


def _answer_alone(searcher: Any, group: Sequence[Question], error: Exception) -> list[bytes | Exception]:
    if len(group) > 1:
        return [answer for question in group for answer in answer_questions(searcher, [question])]
    if isinstance(error, OpticalError):
        return [OpticalError(str(error))]
    _log.error("a question could not be answered", exc_info=error)
    return [RuntimeError(repr(error))]


class Cache:
    """The most recently used answers.

    Parameters
    ----------
    size : int
        Number of answers to keep; 0 keeps none.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, bytes] = OrderedDict()

    def get(self, question: Hashable) -> bytes | None:
        """Look an answer up; None if it is not cached."""
        if question not in self._answers:
            return None
        self._answers.move_to_end(question)
        return self._answers[question]

    def put(self, question: Hashable, answer: bytes) -> None:
        """Cache an answer, evicting the least recently used one."""
        self._answers[question] = answer
        self._answers.move_to_end(question)
        while len(self._answers) > self._size:
            self._answers.popitem(last=False)
