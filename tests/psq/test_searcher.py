import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq import StructuredQuerySearcher
from pyserini_optical.psq.searcher import open_lucene

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


def test_english_search_is_untouched(searcher, plain):
    before = documents(plain.search("cold water in the city"))
    searcher.search("maji mji")
    assert documents(plain.search("cold water in the city")) == before


def test_what_is_not_an_index(tmp_path):
    with pytest.raises(OpticalError, match="is no Lucene index"):
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
    with pytest.raises(OpticalError, match="another analyzer than the table"):
        StructuredQuerySearcher(path, TABLE)
