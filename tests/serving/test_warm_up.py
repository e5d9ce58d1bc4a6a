import time
from itertools import islice

import pytest

from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.searcher import Answer
from pyserini_optical.serving.warm_up import LENGTH, TOGETHER, make_questions, warm_up
from pyserini_optical.serving.workers import Workers

TABLES = {
    "eng": TranslationTable.from_rows("eng", {}),
    "swa": TranslationTable.from_rows("swa", {"maji": [("water", 1.0)], "maj*": [("water", 1.0)]}),
    "som": TranslationTable.from_rows("som", {"biyo": [("water", 1.0)], "wabi": [("river", 1.0)]}),
}


class Searcher:
    def __init__(self, tables=TABLES):
        self.tables = tables
        self.batches = []
        self.modes, self.backend = ["psq"], None

    def open(self):
        self.batches.clear()

    def list_languages(self):
        return []

    def batch_search(self, queries, languages):
        time.sleep(0.01)
        self.batches.append(list(zip(queries, languages, strict=True)))
        return [Answer(*asked, "psq", (), ()) for asked in self.batches[-1]]


def test_questions_are_made_of_the_words_of_each_table_in_turn():
    first, second, third = islice(make_questions(TABLES), 3)
    assert first == third == (" ".join(["maji"] * LENGTH), "swa")
    assert (set(second[0].split()), second[1]) == ({"biyo", "wabi"}, "som")
    assert list(islice(make_questions(TABLES), 3)) == [first, second, third]


def test_a_searcher_is_asked_until_the_time_is_over():
    searcher = Searcher()
    start = time.monotonic()
    warm_up(searcher, 0.1)
    assert 0.1 <= time.monotonic() - start < 5
    assert len(searcher.batches) > 1
    assert {len(batch) for batch in searcher.batches} == {TOGETHER}


@pytest.mark.parametrize(("tables", "seconds"), [(TABLES, 0.0), ({}, 60.0), ({"eng": TABLES["eng"]}, 60.0)])
def test_nothing_is_asked_without_time_or_without_words(tables, seconds):
    searcher = Searcher(tables)
    warm_up(searcher, seconds)
    assert searcher.batches == []


def test_a_worker_is_warm_before_it_is_open():
    searcher = Searcher()
    workers = Workers(lambda: searcher, seconds=0.05)
    workers.open()
    assert searcher.batches
    workers.stop()
