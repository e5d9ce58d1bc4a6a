import asyncio
import threading
import time

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.searcher import Answer
from pyserini_optical.serving.batching import Batcher, Question
from pyserini_optical.serving.limits import Limits, TooBusy
from pyserini_optical.serving.metrics import Metrics


class Searcher:
    """Answers slowly, keeps what it was asked, and fails where it is told to."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.batches = []
        self.threads = set()

    def batch_search(self, queries, *, k, languages, mode):
        self.batches.append(list(queries))
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds)
        if "bad" in queries:
            raise OpticalError("that cannot be asked")
        return [
            Answer(query, language or "swa", mode or "psq", (), ())
            for query, language in zip(queries, languages, strict=True)
        ]


def run(searcher, ask, limits=None, cached=0, threads=1):
    async def main():
        batcher = Batcher(searcher, limits or Limits(), Metrics(), cached, threads)
        await batcher.start()
        try:
            return await ask(batcher)
        finally:
            await batcher.stop()

    return asyncio.run(main())


async def ask_all(batcher, queries):
    return await asyncio.gather(*(batcher.ask(Question(query)) for query in queries), return_exceptions=True)


def test_what_waits_is_searched_together_by_one_thread():
    searcher = Searcher(0.05)
    answers = run(searcher, lambda batcher: ask_all(batcher, "abcdef"), Limits(together=4))
    assert [answer.query for answer in answers] == list("abcdef")
    assert [len(batch) for batch in searcher.batches] == [4, 2]
    assert len(searcher.threads) == 1


def test_several_threads_search_batches_side_by_side():
    searcher = Searcher(0.1)
    start = time.monotonic()
    answers = run(searcher, lambda batcher: ask_all(batcher, "abcd"), Limits(together=2), threads=2)
    assert [answer.query for answer in answers] == list("abcd")
    assert sorted(map(len, searcher.batches)) == [2, 2]
    assert len(searcher.threads) == 2
    assert time.monotonic() - start < 0.19


def test_one_bad_question_spoils_no_other():
    answers = run(Searcher(), lambda batcher: ask_all(batcher, ["a", "bad", "c"]))
    assert [type(answer) for answer in answers] == [Answer, OpticalError, Answer]


def test_different_ways_of_asking_keep_apart():
    async def ask(batcher):
        asked = [Question("a", 3), Question("a", 5), Question("a", 3, mode="dense"), Question("a", 3, "som")]
        return await asyncio.gather(*map(batcher.ask, asked))

    answers = run(Searcher(), ask)
    assert [(answer.mode, answer.language) for answer in answers] == [
        ("psq", "swa"),
        ("psq", "swa"),
        ("dense", "swa"),
        ("psq", "som"),
    ]


def test_a_question_asked_again_is_not_searched_again_until_it_is_forgotten():
    searcher = Searcher()

    async def ask(batcher):
        for query in "aaba":
            await batcher.ask(Question(query))
        for query in "cda":  # two answers are kept
            await batcher.ask(Question(query))

    run(searcher, ask, cached=2)
    assert searcher.batches == [["a"], ["b"], ["c"], ["d"], ["a"]]


def test_equal_questions_that_wait_together_are_searched_once():
    searcher = Searcher()
    run(searcher, lambda batcher: ask_all(batcher, "aaaa"))
    assert searcher.batches == [["a"]]


def test_too_many_that_wait_and_too_long_a_wait_are_refused():
    limits = Limits(waiting=2, together=1, seconds=0.1)

    async def ask(batcher):
        first = asyncio.create_task(batcher.ask(Question("a")))
        await asyncio.sleep(0.02)  # it is being searched; what follows waits
        return [*await ask_all(batcher, "bcd"), await asyncio.gather(first, return_exceptions=True)]

    *waited, (first,) = run(Searcher(0.3), ask, limits)
    assert all(isinstance(answer, TooBusy) for answer in [*waited, first])
    assert "2 questions wait already" in str(waited[2])
    assert "no answer within 0.1 seconds" in str(first)


@pytest.mark.parametrize("question", [Question("x" * 1001), Question("x", 0), Question("x", 101)])
def test_a_question_beyond_the_limits_is_not_searched(question):
    searcher = Searcher()
    with pytest.raises(OpticalError):
        run(searcher, lambda batcher: batcher.ask(question))
    assert searcher.batches == []


def test_stopping_answers_what_waits():
    searcher = Searcher(0.05)

    async def main():
        batcher = Batcher(searcher, Limits(together=1), Metrics())
        await batcher.start()
        waiting = [asyncio.create_task(batcher.ask(Question(query))) for query in "abc"]
        await asyncio.sleep(0.01)
        await batcher.stop()
        return await asyncio.gather(*waiting)

    assert [answer.query for answer in asyncio.run(main())] == list("abc")
