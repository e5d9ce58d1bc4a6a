from types import SimpleNamespace

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.sparse.document_terms import DocumentTerms

TERMS = {"nairobi": 1, "water": 1, "compani": 1}


def test_term_vectors_and_stored_text_give_the_same(index_dir, plain, monkeypatch):
    from pyserini.index.lucene import LuceneIndexReader

    assert DocumentTerms(index_dir, plain).look_up("d8") == TERMS
    monkeypatch.setattr(LuceneIndexReader, "get_document_vector", lambda reader, document: None)
    without_vectors = DocumentTerms(index_dir, plain)
    assert without_vectors.look_up("d8") == TERMS
    assert without_vectors.look_up("elsewhere") == {}
    nothing_stored = SimpleNamespace(doc=lambda document: SimpleNamespace(contents=lambda: None, raw=lambda: None))
    with pytest.raises(OpticalError, match="document d8 has neither a term vector nor stored contents"):
        DocumentTerms(index_dir, nothing_stored).look_up("d8")
