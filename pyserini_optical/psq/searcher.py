"""Search an ordinary Lucene index with foreign queries."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.names import NameFinder
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.plugin.java import leave_java
from pyserini_optical.plugin.prebuilt import LUCENE, find_folder
from pyserini_optical.psq.index_check import check_analyzer
from pyserini_optical.psq.language_analyzer import bind_analyzer
from pyserini_optical.psq.length_normalisation import B_SHORT, follow_length
from pyserini_optical.psq.lucene_query import DOCUMENT_FREQUENCIES, LuceneQueryBuilder
from pyserini_optical.psq.opening import FIELD, open_anserini, open_lucene
from pyserini_optical.psq.structured import Pruning, StructuredWord, structure_query
from pyserini_optical.psq.top_documents import TopDocuments
from pyserini_optical.psq.vocabulary import open_vocabulary
from pyserini_optical.runs import Run, to_scores

Query = str | Sequence[StructuredWord]


class StructuredQuerySearcher:
    """BM25 with foreign queries: probabilistic structured queries, with the interface of Pyserini's `LuceneSearcher`.

    Parameters
    ----------
    index_dir : str
        A Lucene index made by Pyserini with its default analyzer or that of a language.
    table : TranslationTable
        Translations of query words into index terms.
    pruning : Pruning, optional
        Which translations are used.
    document_frequency : {"max", "expected"}
        Document frequency of a query word: that of its most frequent translation, as in Lucene, or the expected one, as
        in the exact formula.
    k1 : float
        BM25 parameter; the default is Pyserini's.
    b : float, optional
        BM25 parameter; by default it grows with the length of the query, from Pyserini's 0.4 for short ones, see
        :func:`pyserini_optical.psq.length_normalisation.follow_length`.
    names : bool
        Look words that are not in the table up among the index's terms as names, see
        :mod:`pyserini_optical.lexicon.names`. The index's vocabulary is read once and kept in the user's cache.

    Raises
    ------
    OpticalError
        There is no such index or no JDK, or the index and the table were analysed differently.

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
        self._anserini.set_bm25(k1, B_SHORT if b is None else b)  # for unstructured queries
        self.top_documents = TopDocuments(self._anserini.reader)
        self.table = bind_analyzer(table)
        self.pruning = pruning or Pruning()
        self._builder = LuceneQueryBuilder(self.top_documents.reader, FIELD, document_frequency)
        self.check_table(self.table)
        self._vocabulary = open_vocabulary(index_dir, self.top_documents.reader, FIELD) if names else None
        self._finders: dict[str, NameFinder] = {}

    @cached_property
    def searcher(self) -> Any:
        """Pyserini's `LuceneSearcher` on the same index; :meth:`search_run` does not need it."""
        return open_lucene(self.index_dir)

    @property
    def language(self) -> str:
        """ISO 639-3 code of the queries."""
        return self.table.language

    @property
    def names(self) -> NameFinder | None:
        """Finds names among the terms of the index; None if names are not looked up."""
        return self._find_names(self.table)

    def check_table(self, table: TranslationTable) -> None:
        """Refuse a table that does not match the analysis of the index.

        Raises
        ------
        OpticalError
            The table or the index was made with another analyzer.
        """
        check_analyzer(self._builder.count_documents, table, self.index_dir)

    def structure(self, query: str, table: TranslationTable | None = None) -> list[StructuredWord]:
        """Show the translations of each word of a query and where they come from.

        Parameters
        ----------
        table : TranslationTable, optional
            A table for another language, by default the searcher's own. A table for a language's analyzer must first go
            through :func:`~pyserini_optical.psq.language_analyzer.bind_analyzer`.
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
            Number of queries searched in parallel.

        Returns
        -------
        dict of str to list of io.anserini.search.ScoredDoc
            Query id -> hits, in the order of `qids`.
        """
        structured, bs = self._prepare(queries)
        found: dict[int, Any] = {}
        for b in sorted(set(bs)):  # the similarity belongs to the searcher, not to a query
            self.searcher.set_bm25(self.k1, b)
            places = [place for place, own in enumerate(bs) if own == b]
            found |= _search_each(lambda place: self.searcher.search(structured[place], k), places, threads)
        return {qid: found[place] for place, qid in enumerate(qids)}

    def search_run(self, queries: Sequence[Query], qids: Sequence[str], k: int = 1000, threads: int = 1) -> Run:
        """Search with many queries for document ids and scores only, which is several times as fast.

        Parameters
        ----------
        qids : sequence of str
            Query ids.
        k : int
            Number of documents per query.
        threads : int
            Number of queries searched in parallel.

        Returns
        -------
        Run
            The documents and scores of :meth:`batch_search`, as in a run file.
        """
        structured, bs = self._prepare(queries)

        def search(place: int) -> dict[str, float]:
            return self.top_documents.search(structured[place], k, self.k1, bs[place])

        found = _search_each(search, range(len(qids)), threads)
        return {qid: found[place] for place, qid in enumerate(qids)}

    def search_untranslated(self, queries: Sequence[str], k: int = 1000) -> list[dict[str, float]]:
        """Search with untranslated queries, as Pyserini's `LuceneSearcher` does.

        Returns
        -------
        list of dict of str to float
            Document id -> score for each query, best first.
        """
        return [to_scores(self._anserini.search(query, k)) for query in queries]

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
        document = self._anserini.doc(docid)
        if document is None:
            raise OpticalError(f"document {docid!r} is not in the index; take an id from a search")
        raw: str | None = document.get("raw") or document.get(FIELD)
        return raw

    def _prepare(self, queries: Sequence[Query]) -> tuple[list[Any], list[float]]:
        """The Lucene query and the parameter b for each query."""
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
