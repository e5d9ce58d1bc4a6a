"""The two sides of a search, each from queries to ranked lists."""

from collections.abc import Iterable, Sequence

from pyserini_optical.encoder.query import load_query_encoder
from pyserini_optical.encoder.student import Student
from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.hubness import HubnessReducedSearcher
from pyserini_optical.lexicon.names import NameFinder
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.table_names import load_table
from pyserini_optical.lexicon.vocabulary import Vocabulary
from pyserini_optical.plugin.dense_search import open_dense
from pyserini_optical.psq.index_check import check_document_ids
from pyserini_optical.psq.language_analyzer import bind_analyzer
from pyserini_optical.psq.searcher import StructuredQuerySearcher
from pyserini_optical.psq.structured import StructuredWord, structure_query
from pyserini_optical.runs import Ranking, to_scores
from pyserini_optical.searcher.settings import Settings


class WordSide:
    """Structured queries on one Lucene index, with the translation tables of several languages.

    Parameters
    ----------
    table, student : str
        See :func:`pyserini_optical.lexicon.table_names.load_table`.
    documents : str
        ISO 639-3 code of the index's documents.

    Attributes
    ----------
    tables : dict of str to TranslationTable
        Those loaded so far, by language.
    """

    def __init__(
        self, lucene_index: str, table: str, documents: str, settings: Settings, student: str | None = None
    ) -> None:
        self._table_name, self._documents, self._student = table, documents, student
        self._checked = False
        self.tables = {documents: TranslationTable.from_rows(documents, {}, document_language=documents)}
        self._searcher = StructuredQuerySearcher(
            lucene_index,
            self.tables[documents],  # words in this language stand for themselves
            settings.pruning,
            settings.document_frequency,
            settings.k1,
            settings.b,
            settings.names,
        )

    def structure(self, query: str, language: str) -> list[StructuredWord]:
        """Translate the words of a query; English ones stand for themselves.

        Raises
        ------
        OpticalError
            There is no table for the language, or it does not match this index.
        """
        if language not in self.tables:
            table = bind_analyzer(load_table(self._table_name, language, self._documents, self._student))
            self._searcher.check_table(table)
            self.tables[language] = table
        return self._searcher.structure(query, self.tables[language])

    def search(self, structured: Sequence[Sequence[StructuredWord]], depth: int, threads: int) -> list[Ranking]:
        """Search with structured queries."""
        names = [str(place) for place in range(len(structured))]
        return list(self._searcher.search_run(structured, names, depth, threads).values())

    def search_untranslated(self, queries: Sequence[str], depth: int) -> list[Ranking]:
        """Search with untranslated queries, with Pyserini's BM25."""
        return self._searcher.search_untranslated(queries, depth)

    def check_document_ids(self) -> None:
        """Refuse an index with document ids that cannot appear in a TREC run; checked once."""
        if self._checked:
            return
        self._checked = True
        check_document_ids(self._searcher.top_documents, self._searcher.index_dir)

    def holds(self, docid: str) -> bool:
        """Whether the index contains a document."""
        try:
            self.read_raw(docid)
        except OpticalError:
            return False
        return True

    def read_raw(self, docid: str) -> str | None:
        """Read the stored text of a document.

        Returns
        -------
        str or None
            None if the index stores no text.

        Raises
        ------
        OpticalError
            The index has no such document.
        """
        return self._searcher.read_raw(docid)


class TableReader:
    """Translation tables for glosses without a Lucene index: names are looked up in the teacher's vocabulary.

    Parameters
    ----------
    table, student : str
        See :func:`pyserini_optical.lexicon.table_names.load_table`.
    terms : iterable of str
        English index terms, frequent ones first.
    """

    def __init__(self, table: str, terms: Iterable[str], settings: Settings, student: str | None = None) -> None:
        self._table_name, self._settings, self._student = table, settings, student
        listed = list(terms)
        self._vocabulary = Vocabulary.from_terms(listed, range(len(listed), 0, -1), len(listed))
        self._read: dict[str, tuple[TranslationTable, NameFinder | None]] = {}

    def structure(self, query: str, language: str) -> list[StructuredWord]:
        """Translate the words of a query.

        Raises
        ------
        OpticalError
            There is no table for the language.
        """
        if language not in self._read:
            table = load_table(self._table_name, language, student=self._student)
            names = NameFinder(self._vocabulary, table.endings, table.analyze) if self._settings.names else None
            self._read[language] = table, names
        table, names = self._read[language]
        return structure_query(query, table, self._settings.pruning, names)


class MeaningSide:
    """A student's vectors on one Faiss index.

    Parameters
    ----------
    device, backend : str, optional
        See :func:`pyserini_optical.encoder.load_query_encoder`.

    Raises
    ------
    OpticalError
        There is no such index, or its vectors are those of another teacher.
    """

    def __init__(
        self,
        dense_index: str,
        student: Student,
        settings: Settings,
        device: str = "cpu",
        backend: str | None = None,
    ) -> None:
        self._encoder = load_query_encoder(
            student, device=device, backend=backend, reads_glosses=settings.gloss is not False
        )
        self._searcher = open_dense(dense_index, self._encoder, settings.ef_search, settings.nprobe)
        self.docids, self.backend = self._searcher.docids, self._encoder.backend

    def search(
        self,
        queries: Sequence[str],
        languages: Sequence[str],
        glosses: Sequence[str],
        depth: int,
        threads: int,
        penalty: float,
    ) -> list[Ranking]:
        """Encode queries and search.

        Parameters
        ----------
        queries, languages, glosses : sequence of str
            A gloss may be empty.
        penalty : float
            Hubness penalty; 0 leaves the scores unchanged.
        """
        vectors = self._encoder.encode_batch(queries, languages, glosses)
        names = [str(place) for place in range(len(queries))]
        if penalty:
            return list(
                HubnessReducedSearcher(self._searcher, penalty).search_run(vectors, names, depth, threads).values()
            )
        found = self._searcher.batch_search(vectors, names, depth, threads)
        return [to_scores(found[name]) for name in names]
