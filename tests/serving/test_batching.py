import asyncio
import json
import multiprocessing
import os
import signal
import threading
import time

import pytest

from pyserini_optical.errors import MissingExtra, OpticalError
from pyserini_optical.searcher import Answer
from pyserini_optical.serving.batching import Batcher, Question
from pyserini_optical.serving.limits import Limits, TooBusy
from pyserini_optical.serving.metrics import Metrics
from pyserini_optical.serving.workers import About, Workers


class Searcher:
    """Answers slowly, keeps what it was asked, and fails where it is told to."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.batches = []
        self.threads = set()
        self.modes = ["psq"]
        self.backend = "onnx"

    def open(self):
        pass

    def list_languages(self):
        return [{"code": "swa"}]

    def batch_search(self, queries, *, k, languages, mode):
        self.batches.append(list(queries))
        self.threads.add(threading.get_ident())
        time.sleep(self.seconds)
        if "bad" in queries:
            raise MissingExtra("that", "other")
        if "broken" in queries:
            raise KeyError("broken")
        return [
            Answer(query, language or "swa", mode or "psq", (), (), doubt=str(os.getpid()))
            for query, language in zip(queries, languages, strict=True)
        ]


def run(searcher, ask, limits=None, cached=0):
    return run_with(Workers(lambda: searcher), ask, limits, cached)


def run_with(workers, ask, limits=None, cached=0):
    async def main():
        batcher = Batcher(workers, limits or Limits(), Metrics(), cached)
        await batcher.start()
        try:
            return await ask(batcher)
        finally:
            await batcher.stop()
            workers.stop()

    return asyncio.run(main())


async def ask_all(batcher, queries):
    asked = (batcher.ask(Question(query)) for query in queries)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    return [json.loads(answer) if isinstance(answer, bytes) else answer for answer in answers]


def test_what_waits_is_searched_together_by_one_thread():
    searcher = Searcher(0.05)
    answers = run(searcher, lambda batcher: ask_all(batcher, "abcdef"), Limits(together=4))
    assert [answer["query"] for answer in answers] == list("abcdef")
    assert [len(batch) for batch in searcher.batches] == [4, 2]
    assert len(searcher.threads) == 1


def test_several_processes_search_batches_side_by_side():
    workers = Workers(Slow, 2)
    assert workers.open() == About([{"code": "swa"}], ["psq"], "onnx")
    answers = run_with(workers, lambda batcher: ask_all(batcher, "abcdefgh"), Limits(together=2))
    assert [answer["query"] for answer in answers] == list("abcdefgh")
    searched_by = {answer["doubt"] for answer in answers}
    assert len(searched_by) == 2
    assert str(os.getpid()) not in searched_by


class Slow(Searcher):
    """Makes the other process take a batch, too."""

    def __init__(self):
        super().__init__(0.3)


def test_a_process_that_dies_is_started_again():
    workers = Workers(Searcher, 2)
    workers.open()

    async def ask(batcher):
        before = set(multiprocessing.active_children())
        (first,) = await ask_all(batcher, "a")
        os.kill(int(first["doubt"]), signal.SIGKILL)
        broken, found = None, first
        while broken is None or not isinstance(found, dict):
            (found,) = await ask_all(batcher, "b")
            broken = found if isinstance(found, Exception) else broken
        return broken, found, before

    broken, found, before = run_with(workers, ask)
    assert isinstance(broken, TooBusy)
    assert "has died and is started again" in str(broken)
    assert found["query"] == "b"
    assert len(before) == 2
    for each in before:
        each.join(10)
        assert not each.is_alive()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_processes_does_not_take_answers_away(stop):
    workers = Workers(Slow, 2)
    workers.open()

    async def ask(batcher):
        (first,) = await ask_all(batcher, "a")
        asked = asyncio.create_task(ask_all(batcher, "bc"))
        await asyncio.sleep(0.1)
        os.kill(int(first["doubt"]), stop)
        return await asked

    assert [answer["query"] for answer in run_with(workers, ask, Limits(together=1))] == ["b", "c"]


@pytest.mark.parametrize("count", [1, 2])
def test_what_cannot_be_opened_is_told_in_a_sentence(count):
    workers = Workers(refuse, count)
    with pytest.raises(OpticalError, match="there is no such index"):
        workers.open()
    workers.stop()


def test_one_of_several_that_cannot_be_opened_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRST", str(tmp_path / "first"))
    workers = Workers(open_once, 2)
    with pytest.raises(OpticalError, match="there is no such index"):
        workers.open()
    workers.stop()


def open_once():
    try:
        os.mkdir(os.environ["FIRST"])
    except FileExistsError:
        return refuse()
    return Searcher()


def test_a_process_that_dies_while_it_opens_is_told_in_a_sentence():
    workers = Workers(die, 2)
    with pytest.raises(OpticalError, match=r"one of 2 processes died .* pass fewer --processes"):
        workers.open()
    workers.stop()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def refuse():
    raise MissingIndex("there is no such index")


class MissingIndex(OpticalError):
    """One that cannot be unpickled."""

    def __init__(self, message, *, index=None):
        super().__init__(message, index)

    def __str__(self):
        return str(self.args[0])


def test_one_bad_question_spoils_no_other(caplog):
    queries = ["a", "bad", "c", "broken"]
    found = run(Searcher(), lambda batcher: ask_all(batcher, queries))
    assert [type(answer) for answer in found] == [dict, OpticalError, dict, RuntimeError]
    assert "pip install" in str(found[1])
    assert "KeyError: 'broken'" in caplog.text


def test_different_ways_of_asking_keep_apart():
    async def ask(batcher):
        asked = [Question("a", 3), Question("a", 5), Question("a", 3, mode="dense"), Question("a", 3, "som")]
        return await asyncio.gather(*map(batcher.ask, asked))

    answers = map(json.loads, run(Searcher(), ask))
    assert [(answer["mode"], answer["language"]) for answer in answers] == [
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
        batcher = Batcher(Workers(lambda: searcher), Limits(together=1), Metrics())
        await batcher.start()
        waiting = [asyncio.create_task(batcher.ask(Question(query))) for query in "abc"]
        await asyncio.sleep(0.01)
        await batcher.stop()
        return await asyncio.gather(*waiting)

    assert [json.loads(answer)["query"] for answer in asyncio.run(main())] == list("abc")
