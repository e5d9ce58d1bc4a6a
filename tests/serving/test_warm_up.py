import asyncio
import json
import time

import pytest

from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.searcher import Answer
from pyserini_optical.serving.batching import Batcher, Question
from pyserini_optical.serving.limits import Limits
from pyserini_optical.serving.metrics import Metrics
from pyserini_optical.serving.warm_up import LENGTH, answer_made_up
from pyserini_optical.serving.workers import Workers

TABLES = {
    "eng": TranslationTable.from_rows("eng", {}),
    "swa": TranslationTable.from_rows("swa", {"maji": [("water", 1.0)]}),
}


class Searcher:
    """Keeps the made-up questions that it is asked, and answers all."""

    def __init__(self, tables=TABLES, error=None):
        self.given, self.error = tables, error
        self.looked = 0
        self.made_up = []
        self.modes, self.backend = ["psq"], None

    def open(self):
        pass

    @property
    def tables(self):
        self.looked += 1
        return self.given

    def search(self, query, language):
        time.sleep(0.01)
        self.made_up.append((query, language))
        if self.error is not None:
            raise self.error
        return Answer(query, language, "psq", (), ())

    def batch_search(self, queries, *, k, languages, mode):
        return [Answer(query, "swa", "psq", (), (), doubt=str(len(self.made_up))) for query in queries]


def test_a_question_is_made_of_the_words_of_a_table():
    searcher = Searcher()
    assert answer_made_up(searcher)
    assert searcher.made_up == [(" ".join(["maji"] * LENGTH), "swa")]


def serve(searcher, seconds, wait):
    """Wait, ask, and wait once more; give back how many questions had been made up when the real one was answered."""
    workers = Workers(lambda: searcher)

    async def main():
        batcher = Batcher(workers, Limits(), Metrics(), warm_up=seconds)
        await batcher.start()
        await asyncio.sleep(wait)
        answer = json.loads(await batcher.ask(Question("maji")))
        await asyncio.sleep(wait)
        await batcher.stop()
        workers.stop()
        return int(answer["doubt"])

    return asyncio.run(main())


def test_an_idle_worker_warms_up_before_and_after_a_question_until_the_time_is_over():
    searcher = Searcher()
    before = serve(searcher, 60.0, 0.1)
    assert 0 < before < len(searcher.made_up)
    assert serve(Searcher(), 0.0, 0.1) == 0
    searcher = Searcher()
    assert serve(searcher, 0.05, 0.3) == len(searcher.made_up) > 0


@pytest.mark.parametrize("tables", [{}, {"eng": TABLES["eng"]}])
def test_without_words_it_is_not_tried_again_and_again(tables):
    searcher = Searcher(tables)
    assert serve(searcher, 60.0, 0.1) == 0
    assert (searcher.looked, searcher.made_up) == (1, [])


def test_a_failure_ends_the_warming_up_not_the_service(caplog):
    searcher = Searcher(error=RuntimeError("out of order"))
    assert serve(searcher, 60.0, 0.1) == len(searcher.made_up) == 1
    assert "no further warming up" in caplog.text
