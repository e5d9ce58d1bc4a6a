import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.psq.index_check import check_document_ids
from pyserini_optical.psq.opening import open_anserini
from pyserini_optical.psq.top_documents import TopDocuments


def make_index(folder, identifiers):
    from pyserini.index.lucene import LuceneIndexer

    indexer = LuceneIndexer(args=["-index", str(folder), "-generator", "DefaultLuceneDocumentGenerator"])
    for identifier in identifiers:
        indexer.add_doc_dict({"id": identifier, "contents": "clean water"})
    indexer.close()
    return TopDocuments(open_anserini(str(folder)).reader)


def test_identifiers_of_one_word_pass(plain, tmp_path):
    check_document_ids(TopDocuments(plain.object.reader), "index")
    check_document_ids(make_index(tmp_path / "odd", ["a_b", "a.*b", "å/1#2", "[1]", "\u200b"]), "odd")


@pytest.mark.parametrize("identifier", ["doc 7", " 7", "7 ", "a\tb", "a\u00a0b", "a\u3000b"])
def test_one_with_white_space_is_named_before_a_search(plain, tmp_path, identifier):
    searcher = make_index(tmp_path / "spaced", ["d1", identifier, "d2"])
    with pytest.raises(OpticalError, match="spaced: the identifier of document") as caught:
        check_document_ids(searcher, "spaced")
    assert repr(identifier) in str(caught.value)


def test_identifiers_are_right_when_few_are_remembered(tmp_path, monkeypatch):
    from pyserini.pyclass import autoclass

    identifiers = ["a", "å/1#2", "longer-than-the-others", "7"]
    searcher = make_index(tmp_path, identifiers)
    term = autoclass("org.apache.lucene.index.Term")
    query = autoclass("org.apache.lucene.search.TermQuery")(term("contents", "water"))
    once = searcher.search(query, 2)
    assert set(searcher.search(query, 10)) == set(identifiers)
    monkeypatch.setattr("pyserini_optical.psq.top_documents.CACHED_NAMES", 0)
    assert searcher.search(query, 2) == once
    assert set(searcher.search(query, 10)) == set(identifiers)
