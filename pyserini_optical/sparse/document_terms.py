"""The index terms of a document of a Lucene index."""

import json
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.english import english_terms

CACHED_DOCUMENTS = 10_000


class DocumentTerms:
    """Look the terms of documents up: in their term vectors, or by analysing the text that the index stores.

    Parameters
    ----------
    index_dir : str
        A Lucene index made by Pyserini with its default analyzer.
    searcher : pyserini.search.lucene.LuceneSearcher
        Open on it.
    """

    def __init__(self, index_dir: str, searcher: Any) -> None:
        from pyserini.index.lucene import LuceneIndexReader

        self._index_dir = index_dir
        self._searcher = searcher
        self._reader = LuceneIndexReader(index_dir)
        # The first documents of one query are often those of the next, and a vector costs a call into Java a term.
        self.look_up = lru_cache(CACHED_DOCUMENTS)(self._look_up)

    def _look_up(self, document: str) -> Mapping[str, int]:
        vector = self._reader.get_document_vector(document)
        if vector:
            return vector
        stored = self._searcher.doc(document)
        if stored is None:
            return {}
        return Counter(english_terms(self._read_text(document, stored)))

    def _read_text(self, document: str, stored: Any) -> str:
        contents = stored.contents()
        if contents is not None:
            return contents
        try:
            return json.loads(stored.raw())["contents"]
        except (TypeError, ValueError, KeyError) as error:
            raise OpticalError(
                f"{self._index_dir}: document {document} has neither a term vector nor stored contents, which feedback "
                "reads; index again with --storeDocvectors or --storeRaw"
            ) from error
