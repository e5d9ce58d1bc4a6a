"""Requests that wait together are searched together, in as many batches at a time as there are threads."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any, Protocol

from pyserini_optical.plugin.java import leave_java
from pyserini_optical.searcher.answer import Answer
from pyserini_optical.serving.limits import Limits, TooBusy
from pyserini_optical.serving.metrics import Metrics


@dataclass(frozen=True)
class Question:
    """What one request asks; equal questions have equal answers."""

    query: str
    k: int = 10
    language: str | None = None
    mode: str | None = None


class Answers(Protocol):
    """What is asked: :class:`pyserini_optical.searcher.OpticalSearcher`, or what answers as it does."""

    def batch_search(
        self, queries: Sequence[str], *, k: int, languages: Sequence[str | None], mode: str | None
    ) -> list[Answer]:
        """Answer questions, in their order."""
        ...


class Batcher:
    """Collect questions while all threads search, and search them as the next batch.

    No question waits for company: the first to come to an idle thread is searched at once.

    Parameters
    ----------
    cached : int
        Answers that are kept, those used last; 0 for none.
    threads : int
        Batches searched at a time; the only threads that enter Java and the encoder, whatever the number of clients.
    """

    def __init__(
        self, searcher: Answers, limits: Limits, metrics: Metrics, cached: int = 1024, threads: int = 1
    ) -> None:
        self._searcher = searcher
        self._limits = limits
        self._metrics = metrics
        self._cache = Cache(cached)
        self._queue: asyncio.Queue[tuple[Question, asyncio.Future[Answer]]] = asyncio.Queue()
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "searcher")
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to answer."""
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._threads)]

    async def stop(self) -> None:
        """Answer what waits, then stop."""
        await self._queue.join()
        for task in self._tasks:
            task.cancel()
        together = Barrier(self._threads)
        await asyncio.gather(*(self.run(_leave, together) for _ in range(self._threads)))
        self._pool.shutdown()

    async def ask(self, question: Question) -> Answer:
        """Answer a question.

        Raises
        ------
        OpticalError
            The question cannot be answered as it is.
        TooBusy
            Too many wait, or the answer took too long.
        """
        self._limits.check(question.query, question.k)
        known = self._cache.get(question)
        self._metrics.cache.labels("hit" if known else "miss").inc()
        if known is not None:
            return known
        if self._queue.qsize() >= self._limits.waiting:
            raise TooBusy(f"{self._limits.waiting} questions wait already; ask again in a moment")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((question, future))
        self._metrics.waiting.set(self._queue.qsize())
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await future
        except TimeoutError:
            raise TooBusy(f"no answer within {self._limits.seconds:g} seconds; ask again in a moment") from None

    async def run(self, function: Any, *arguments: Any) -> Any:
        """Do something else with the searcher, in one of its threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    async def _work(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < self._limits.together and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            self._metrics.waiting.set(self._queue.qsize())
            wanted = [(question, future) for question, future in batch if not future.done()]  # some clients have left
            questions = list(dict.fromkeys(question for question, _ in wanted))
            self._metrics.batch.observe(len(questions))
            try:
                found = await self.run(self._search, questions)
                for question, future in wanted:
                    self._settle(question, future, found[question])
            finally:
                for _ in batch:
                    self._queue.task_done()

    def _settle(self, question: Question, future: "asyncio.Future[Answer]", found: Answer | Exception) -> None:
        if isinstance(found, Answer):
            self._cache.put(question, found)
        if future.done():
            return
        if isinstance(found, Answer):
            future.set_result(found)
        else:
            future.set_exception(found)

    def _search(self, questions: Sequence[Question]) -> dict[Question, Answer | Exception]:
        """Search what can be searched together; where that fails, one by one, so that one cannot spoil the others."""
        found: dict[Question, Answer | Exception] = {}
        groups: dict[tuple[int, str | None], list[Question]] = {}
        for question in questions:
            groups.setdefault((question.k, question.mode), []).append(question)
        for group in groups.values():
            try:
                found.update(zip(group, self._ask(group), strict=True))
            except Exception as error:
                if len(group) == 1:
                    found[group[0]] = error
                    continue
                for question in group:
                    found |= self._search([question])
        return found

    def _ask(self, group: Sequence[Question]) -> list[Answer]:
        return self._searcher.batch_search(
            [question.query for question in group],
            k=group[0].k,
            languages=[question.language for question in group],
            mode=group[0].mode,
        )


def _leave(together: Barrier) -> None:
    """Take a thread out of Java; none is done before all are, so each does it once."""
    leave_java()
    together.wait()


class Cache:
    """The answers used last.

    Parameters
    ----------
    size : int
        Most answers kept; 0 keeps none.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def get(self, question: Hashable) -> Answer | None:
        """Look an answer up; None for one that is not kept."""
        if question not in self._answers:
            return None
        self._answers.move_to_end(question)
        return self._answers[question]

    def put(self, question: Hashable, answer: Answer) -> None:
        """Keep an answer, in the place of that used longest ago."""
        self._answers[question] = answer
        self._answers.move_to_end(question)
        while len(self._answers) > self._size:
            self._answers.popitem(last=False)
