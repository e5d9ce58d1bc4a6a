from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq import StructuredQuerySearcher
from pyserini_optical.psq.opening import open_lucene
from pyserini_optical.psq.top_documents import adjust_ties
from pyserini_optical.runs import to_scores

ROWS = {
    "maji": [("water", 0.75), ("rain", 0.125)],
    "mji": [("citi", 0.5), ("town", 0.375)],
    "nyumba": [("hous", 1.0)],
}
TABLE = TranslationTable.from_rows("swa", ROWS)


@pytest.fixture(scope="module")
def searcher(index_dir):
    return StructuredQuerySearcher(index_dir, TABLE)


def documents(hits):
    return [(hit.docid, hit.score) for hit in hits]


def test_one_word_with_one_translation_scores_as_plain_bm25(searcher, plain):
    assert documents(searcher.search("nyumba")) == documents(plain.search("house"))


def test_names_are_found_as_they_are(searcher):
    assert {document for document, _ in documents(searcher.search("mji wa Nairobi"))} >= {"d4", "d8", "d5", "d7"}


def test_b_follows_the_length_of_the_query(index_dir, searcher):
    long = " ".join(["maji"] * 18)
    assert documents(searcher.search(long)) == documents(StructuredQuerySearcher(index_dir, TABLE, b=0.7).search(long))
    assert documents(searcher.search(long)) != documents(StructuredQuerySearcher(index_dir, TABLE, b=0.4).search(long))


def test_k(searcher):
    assert len(searcher.search("maji mji", k=2)) == 2


@pytest.mark.parametrize("threads", [1, 3])
def test_batch_is_the_same_as_one_by_one(searcher, threads):
    queries = {"a": "maji", "b": "mji Kenya", "c": "nyumba maji mji", "d": "???", "e": "maji mji " * 9}
    found = searcher.batch_search(list(queries.values()), list(queries), k=5, threads=threads)
    assert list(found) == list(queries)
    assert {query: documents(hits) for query, hits in found.items()} == {
        query: documents(searcher.search(text, 5)) for query, text in queries.items()
    }
    assert found["d"] == []


@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_holds_what_pyserini_finds(tmp_path, threads):
    from pyserini.index.lucene import LuceneIndexer

    # Equal texts tie, to be parted by identifier; with 150 of them the millionths reach the next score below.
    texts = ["water"] * 150 + ["water in a house"] * 3 + ["water and rain, rain", "a town by the water", "a city"]
    indexer = LuceneIndexer(str(tmp_path))
    for number, text in enumerate(texts):
        indexer.add_doc_dict({"id": f'é"{number * 7919 % 1000}', "contents": text})
    indexer.close()
    searcher = StructuredQuerySearcher(str(tmp_path), TABLE)
    queries = {"a": "maji", "b": "mji maji nyumba", "c": "???", "d": "maji " * 30}
    for k in (1, 7, 200):
        hits = searcher.batch_search(list(queries.values()), list(queries), k, threads)
        run = searcher.search_run(list(queries.values()), list(queries), k, threads)
        assert run == {query: to_scores(found) for query, found in hits.items()}
        assert [list(ranking) for ranking in run.values()] == [list(to_scores(found)) for found in hits.values()]


def test_a_run_holds_the_scores_of_pyserini_where_lucene_passes_documents_over(tmp_path):
    from pyserini.index.lucene import LuceneIndexer

    generator = np.random.default_rng(7)
    indexer = LuceneIndexer(str(tmp_path))
    for number in range(2500):
        terms = generator.zipf(1.3, generator.integers(5, 60)) % 300
        indexer.add_doc_dict({"id": str(number), "contents": " ".join(f"w{term}" for term in terms)})
    indexer.close()
    rows = {
        word: [(f"w{term}", generator.uniform(0.03, 0.12)) for term in generator.choice(300, 8, replace=False)]
        for word in map("".join, product("aeiou", "bcdfghjklm", "aeiou"))
    }
    searcher = StructuredQuerySearcher(str(tmp_path), TranslationTable.from_rows("swa", rows), names=False)
    # Sixteen times, for scores whose last bit is near the fourth decimal.
    queries = {str(start): " ".join(list(rows)[start : start + 20] * 16) for start in range(0, 200, 10)}
    hits = searcher.batch_search(list(queries.values()), list(queries), 1000)
    run = searcher.search_run(list(queries.values()), list(queries), 1000)
    assert run == {query: to_scores(found) for query, found in hits.items()}


@given(st.integers(0, 300), st.integers(0, 10_000))
def test_ties_are_parted_as_a_loop_does(count, seed):
    steps = np.random.default_rng(seed).integers(0, 300, count)
    scores = np.sort(steps.astype(np.float32) * np.float32(3e-5) + np.float32(7.0))[::-1]
    expected, ties = [], 0
    for score in scores:  # as ScoreTiesAdjusterReranker of Anserini
        score = np.float32(np.floor(float(score) * 1e4 + 0.5) / 1e4)
        tied = bool(expected) and expected[-1] - score <= np.float32(1e-4)
        ties = ties + 1 if tied else 0
        expected.append(score - np.float32(1e-6) * np.float32(ties))
    assert adjust_ties(scores).tolist() == [float(score) for score in expected]


def test_english_search_is_untouched(searcher, plain):
    before = documents(plain.search("cold water in the city"))
    searcher.search("maji mji")
    assert documents(plain.search("cold water in the city")) == before


def test_what_is_not_an_index(tmp_path):
    with pytest.raises(OpticalError, match="is not a Lucene index"):
        open_lucene(str(tmp_path))


def test_unknown_document_frequency(index_dir):
    with pytest.raises(OpticalError, match="choose one of max, expected"):
        StructuredQuerySearcher(index_dir, TABLE, document_frequency="sum")


def test_index_of_another_analyzer(tmp_path):
    from pyserini.index.lucene import LuceneIndexer

    path = str(tmp_path / "unstemmed")
    indexer = LuceneIndexer(args=["-index", path, "-generator", "DefaultLuceneDocumentGenerator", "-stemmer", "none"])
    indexer.add_doc_dict({"id": "d", "contents": "years of water"})
    indexer.close()
    with pytest.raises(OpticalError, match="not built with the table's analyzer"):
        StructuredQuerySearcher(path, TABLE)
