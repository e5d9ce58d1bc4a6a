"""Search an ordinary Lucene index with foreign queries."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.names import NameFinder
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.plugin.java import leave_java, prepare_java
from pyserini_optical.plugin.prebuilt import LUCENE, find_folder
from pyserini_optical.psq.index_check import check_analyzer
from pyserini_optical.psq.language_analyzer import bind_analyzer
from pyserini_optical.psq.length_normalisation import B_SHORT, follow_length
from pyserini_optical.psq.lucene_query import DOCUMENT_FREQUENCIES, LuceneQueryBuilder
from pyserini_optical.psq.structured import Pruning, StructuredWord, structure_query
from pyserini_optical.psq.top_documents import TopDocuments
from pyserini_optical.psq.vocabulary import open_vocabulary
from pyserini_optical.runs import Run, to_scores

FIELD = "contents"
Query = str | Sequence[StructuredWord]


class StructuredQuerySearcher:
    """BM25 that takes foreign queries: probabilistic structured queries beside Pyserini's `LuceneSearcher`.

    Parameters
    ----------
    index_dir : str
        A Lucene index made by Pyserini with its default analyzer, or with that of a language.
    table : TranslationTable
        Translations of the queries' words into terms of that analyzer.
    pruning : Pruning, optional
        Which translations take part.
    document_frequency : {"max", "expected"}
        Document frequency of a word: that of its most frequent translation, as Lucene has it, or the expected one of
        the exact formula.
    k1 : float
        Parameter of BM25; the default is Pyserini's.
    b : float, optional
        Parameter of BM25; by default it follows the length of the query, from Pyserini's 0.4 for short ones, see
        :func:`pyserini_optical.psq.length_normalisation.follow_length`.
    names : bool
        Look words that the table does not hold up among the index's own, see :mod:`pyserini_optical.lexicon.names`.
        The index's vocabulary is read once, and kept in the user's cache.

    Raises
    ------
    OpticalError
        There is no such index or no JDK, or the index was analysed otherwise than the table.

    References
    ----------
    Darwish and Oard, Probabilistic Structured Query Methods, SIGIR 2003.

    Examples
    --------
    >>> searcher = StructuredQuerySearcher("indexes/lucene", TranslationTable.load("tables/swa"))  # doctest: +SKIP
    >>> hits = searcher.search("mji mkuu wa Kenya ni upi?", k=10)  # doctest: +SKIP
    """

    def __init__(
        self,
        index_dir: str,
        table: TranslationTable,
        pruning: Pruning | None = None,
        document_frequency: str = "max",
        k1: float = 0.9,
        b: float | None = None,
        names: bool = True,
    ) -> None:
        if document_frequency not in DOCUMENT_FREQUENCIES:
            raise OpticalError(
                f"document frequency {document_frequency!r} is not known; choose one of "
                f"{', '.join(DOCUMENT_FREQUENCIES)}"
            )
        self.index_dir = index_dir = find_folder(index_dir, LUCENE)
        self.k1, self.b = k1, b
        self._anserini = open_anserini(index_dir)
        self._anserini.set_bm25(k1, B_SHORT if b is None else b)  # for what is not structured
        self.top_documents = TopDocuments(self._anserini.reader)
        self.table = bind_analyzer(table)
        self.pruning = pruning or Pruning()
        self._builder = LuceneQueryBuilder(self.top_documents.reader, FIELD, document_frequency)
        self.check_table(self.table)
        self._vocabulary = open_vocabulary(index_dir, self.top_documents.reader, FIELD) if names else None
        self._finders: dict[str, NameFinder] = {}

    @cached_property
    def searcher(self) -> Any:
        """Pyserini's `LuceneSearcher` on the same index; a run is searched without it."""
        return open_lucene(self.index_dir)

    @property
    def language(self) -> str:
        """ISO 639-3 code of the queries."""
        return self.table.language

    @property
    def names(self) -> NameFinder | None:
        """What finds names in the words of the index; None where they are not looked for."""
        return self._find_names(self.table)

    def check_table(self, table: TranslationTable) -> None:
        """Refuse a table whose terms are not those of the index.

        Raises
        ------
        OpticalError
            It was made for another analyzer, or the index by one.
        """
        check_analyzer(self._builder.count_documents, table, self.index_dir)

    def structure(self, query: str, table: TranslationTable | None = None) -> list[StructuredWord]:
        """Show what stands for each word of a query, and where it comes from.

        Parameters
        ----------
        table : TranslationTable, optional
            Of another language than the searcher's own; where its terms are not the default analyzer's, as
            :func:`~pyserini_optical.psq.language_analyzer.bind_analyzer` gives it.
        """
        table = table or self.table
        return structure_query(query, table, self.pruning, self._find_names(table))

    def _find_names(self, table: TranslationTable) -> NameFinder | None:
        if self._vocabulary is None or table.language == table.document_language:
            return None
        if table.language not in self._finders:
            self._finders[table.language] = NameFinder(self._vocabulary, table.endings, table.analyze)
        return self._finders[table.language]

    def forget_words(self) -> None:
        """Empty the cache of Lucene queries of single words, for benchmarks."""
        self._builder.forget_words()

    def search(self, query: str, k: int = 10) -> list[Any]:
        """Search with one query.

        Parameters
        ----------
        query : str
            In the table's language.
        k : int
            Number of hits.

        Returns
        -------
        list of io.anserini.search.ScoredDoc
            What `LuceneSearcher.search` returns: `docid`, `score`, ...; empty if no word of the query is known.
        """
        return self.batch_search([query], [query], k)[query]

    def batch_search(
        self, queries: Sequence[str], qids: Sequence[str], k: int = 10, threads: int = 1
    ) -> dict[str, list[Any]]:
        """Search with many queries.

        Parameters
        ----------
        queries, qids : sequence of str
            Queries and their ids.
        k : int
            Number of hits per query.
        threads : int
            How many queries to search at a time.

        Returns
        -------
        dict of str to list of io.anserini.search.ScoredDoc
            Query id -> hits, in the order of `qids`.
        """
        structured, bs = self._prepare(queries)
        found: dict[int, Any] = {}
        for b in sorted(set(bs)):  # the similarity is the searcher's, not a query's
            self.searcher.set_bm25(self.k1, b)
            places = [place for place, own in enumerate(bs) if own == b]
            found |= _search_each(lambda place: self.searcher.search(structured[place], k), places, threads)
        return {qid: found[place] for place, qid in enumerate(qids)}

    def search_run(self, queries: Sequence[Query], qids: Sequence[str], k: int = 1000, threads: int = 1) -> Run:
        """Search with many queries for names and scores alone, which is several times as fast.

        Parameters
        ----------
        qids : sequence of str
            Their ids.
        k : int
            Number of documents per query.
        threads : int
            How many queries to search at a time.

        Returns
        -------
        Run
            The documents and scores of :meth:`batch_search`, as a run file would hold them.
        """
        structured, bs = self._prepare(queries)

        def search(place: int) -> dict[str, float]:
            return self.top_documents.search(structured[place], k, self.k1, bs[place])

        found = _search_each(search, range(len(qids)), threads)
        return {qid: found[place] for place, qid in enumerate(qids)}

    def search_untranslated(self, queries: Sequence[str], k: int = 1000) -> list[dict[str, float]]:
        """Search with the words as they are, as Pyserini's `LuceneSearcher` does.

        Returns
        -------
        list of dict of str to float
            For each query document id -> score, best first.
        """
        return [to_scores(self._anserini.search(query, k)) for query in queries]

    def read_raw(self, docid: str) -> str | None:
        """Read what the index stores of a document.

        Returns
        -------
        str or None
            None where the index stores nothing of it.

        Raises
        ------
        OpticalError
            The index holds no such document.
        """
        document = self._anserini.doc(docid)
        if document is None:
            raise OpticalError(f"document {docid!r} is not in the index; take an id from a search")
        raw: str | None = document.get("raw") or document.get(FIELD)
        return raw

    def _prepare(self, queries: Sequence[Query]) -> tuple[list[Any], list[float]]:
        """For each query what Lucene searches with, and the parameter b."""
        structured = [self.structure(query) if isinstance(query, str) else query for query in queries]
        lengths = [sum(word.count for word in words) for words in structured]
        bs = [follow_length(length) if self.b is None else self.b for length in lengths]
        return [self._builder.build(words) for words in structured], bs


def _search_each(search: Callable[[int], Any], places: Sequence[int], threads: int) -> dict[int, Any]:
    def search_part(part: Sequence[int]) -> list[tuple[int, Any]]:
        try:
            return [(place, search(place)) for place in part]
        finally:
            leave_java()

    if threads <= 1:
        return {place: search(place) for place in places}
    with ThreadPoolExecutor(threads) as pool:
        parts = [places[start::threads] for start in range(threads)]
        return {place: found for part in pool.map(search_part, parts) for place, found in part}


def open_anserini(index_dir: str) -> Any:
    """Open a Lucene index with Anserini: a folder, or a prebuilt one by its name.

    Pyserini's own searchers come with all its encoders, whose imports take longer than a hundred searches.

    Raises
    ------
    OpticalError
        There is no index, it has no field `contents`, or there is no JDK.
    """
    index_dir = find_folder(index_dir, LUCENE)
    if not any(Path(index_dir).glob("segments_*")):
        raise OpticalError(f"{index_dir}: is not a Lucene index; build one with python -m pyserini.index.lucene")
    prepare_java()
    from pyserini.pyclass import autoclass

    # A long query has more words than the 1,024 that Lucene takes for a mistake.
    autoclass("org.apache.lucene.search.IndexSearcher").setMaxClauseCount(2**31 - 1)
    searcher = autoclass("io.anserini.search.SimpleSearcher")(index_dir)
    if searcher.reader.getDocCount(FIELD) == 0:
        raise OpticalError(f"{index_dir}: has no field {FIELD!r}; index a collection with Pyserini's JsonCollection")
    return searcher


def open_lucene(index_dir: str) -> Any:
    """Open a Lucene index with Pyserini: a folder, or a prebuilt one by its name.

    Raises
    ------
    OpticalError
        As :func:`open_anserini` does.
    """
    index_dir = find_folder(index_dir, LUCENE)
    open_anserini(index_dir).close()
    from pyserini.search.lucene import LuceneSearcher

    return LuceneSearcher(index_dir)
