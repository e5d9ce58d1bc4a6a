"""One object that opens indexes and answers questions in any supported language, by words, by meaning, or both."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, Language
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq.structured import StructuredWord
from pyserini_optical.runs import Run, check_depth
from pyserini_optical.searcher.answer import MEANING, WORDS, Answer, Reading, reading_to_json
from pyserini_optical.searcher.asked_language import AskedLanguage
from pyserini_optical.searcher.passages import Collection, read_stored
from pyserini_optical.searcher.settings import Settings
from pyserini_optical.searcher.two_sides import MODES, TwoSides
from pyserini_optical.searcher.writing import read_words, write_answer

CACHED_PASSAGES = 8192


class OpticalSearcher:
    """Search English passages with questions in other languages.

    Indexes and models are loaded when they are first needed, or at once by :meth:`open`.

    Parameters
    ----------
    lucene_index : str, optional
        Lucene index made by Pyserini with its default analyzer.
    dense_index : str, optional
        Faiss index made by Pyserini with the student's teacher. At least one of the two indexes is required.
    mode : {"hybrid", "psq", "dense", "bm25"}, optional
        By words and meaning, by words, by meaning, or BM25 with the untranslated query; by default the first of these
        for which the indexes are given.
    language : str, optional
        ISO 639-3 code of all queries; by default the language of each query is identified.
    table : str
        Translation tables: `optical` or a folder.
    documents : str
        ISO 639-3 code of the index's documents. If it is not English, queries are taken to be English unless `language`
        is given.
    encoder : str
        Student: `optical`, `optical-swa` or a folder.
    unknown_language : {"warn", "refuse"}, optional
        What to do with a query in a language that the student was not taught.
    collection : str, optional
        The indexed JSON collection, for the text of passages that are not stored in a Lucene index.
    device : str
        A torch device.
    backend : {"torch", "onnx", "onnx-int8"}, optional
        Runs the student; by default onnx if the student was exported to it, else torch.
    threads : int
        Threads for each side.

    Raises
    ------
    OpticalError
        No index is given, or not those that the mode needs.

    Examples
    --------
    >>> searcher = OpticalSearcher("indexes/bm25", "indexes/dense")         # doctest: +SKIP
    >>> for hit in searcher.search("mji mkuu wa Kenya ni upi?", k=3):       # doctest: +SKIP
    ...     print(hit.score, hit.title)
    """

    def __init__(
        self,
        lucene_index: str | None = None,
        dense_index: str | None = None,
        *,
        mode: str | None = None,
        language: str | None = None,
        table: str = "optical",
        documents: str = ENGLISH,
        encoder: str = "optical",
        unknown_language: str | None = None,
        collection: str | None = None,
        device: str = "cpu",
        backend: str | None = None,
        threads: int = 1,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.threads = threads
        if documents != ENGLISH:
            language = language or ENGLISH
        self._language = AskedLanguage(language, table if lucene_index else None, encoder, unknown_language)
        opened = lucene_index, dense_index, self._language, table, documents, self.settings, device, backend, threads
        self._sides = TwoSides(*opened)
        self.modes = self._sides.modes
        self.mode = self._sides.check_mode(mode or self.modes[0])
        self._collection_path = collection
        self.fetch = lru_cache(CACHED_PASSAGES)(self._fetch)

    def open(self) -> None:
        """Load indexes, models and translation tables now rather than with the first question in each language."""
        for mode in self.modes:
            self.search("Nairobi", 1, mode=mode)
        for language in self._sides.list_tables():
            self.search("Nairobi", 1, language)

    def search(self, query: str, k: int = 10, language: str | None = None, mode: str | None = None) -> Answer:
        """Answer one question.

        Parameters
        ----------
        k : int
            Number of hits.
        language : str, optional
            ISO 639-3 code; by default that of the searcher, or the one identified.
        mode : str, optional
            By default that of the searcher.

        Returns
        -------
        Answer
            A sequence of hits, each with `docid`, `score`, `contents` and why it was found.

        Raises
        ------
        OpticalError
            The query is empty, the language is not supported, or the mode needs an index that was not given.
        """
        return self.batch_search([query], k=k, languages=[language], mode=mode)[0]

    def batch_search(
        self,
        queries: Sequence[str],
        k: int = 10,
        languages: Sequence[str | None] | None = None,
        mode: str | None = None,
    ) -> list[Answer]:
        """Answer many questions, encoding and searching them together.

        Parameters
        ----------
        languages : sequence of (str or None), optional
            One per query.

        Returns
        -------
        list of Answer
            In the order of the queries.

        Raises
        ------
        OpticalError
            As for :meth:`search`; one faulty query fails the whole batch.
        """
        mode = self._sides.check_mode(mode or self.mode)
        check_depth(k)
        _check_questions(queries)
        spoken = self._language.settle(queries, languages)
        found = self._sides.search(queries, [language for language, _ in spoken], k, mode)
        return [
            write_answer(query, *settled, mode, each, self._read(each.words), self.fetch)
            for query, settled, each in zip(queries, spoken, found, strict=True)
        ]

    def run(
        self,
        topics: Mapping[str, str],
        hits: int = 1000,
        batch_size: int = 64,
        advance: Callable[[int], Any] = lambda count: None,
    ) -> Run:
        """Search with all topics of a file, for a run.

        Parameters
        ----------
        topics : mapping of str to str
            Query id -> query.
        hits : int
            Documents per query.
        batch_size : int
            Queries searched together.
        advance : callable
            Called with the number of queries done, batch by batch.
        """
        check_depth(hits)
        if batch_size < 1:
            raise OpticalError(f"a batch size of {batch_size}: give a whole number from 1")
        if WORDS in MODES[self.mode]:
            self._sides.words.check_document_ids()
        run: Run = {}
        names = list(topics)
        for start in range(0, len(names), batch_size):
            batch = names[start : start + batch_size]
            queries = [topics[name] for name in batch]
            languages = []
            # Untranslated words need no language.
            settled = [(ENGLISH, None)] * len(batch) if self.mode == "bm25" else self._language.settle(queries)
            for query, (language, doubt) in zip(queries, settled, strict=True):
                languages.append(language)
                if doubt is not None:
                    self._language.doubts.tell(query, doubt, language)
            found = self._sides.search(queries, languages, hits, self.mode)
            run |= {name: each.ranking for name, each in zip(batch, found, strict=True)}
            advance(len(batch))
        return run

    def explain(self, query: str, language: str | None = None) -> dict[str, Any]:
        """Show how a query is read, without searching.

        Returns
        -------
        dict
            `query`, `language`, `doubt` and `words` as in :meth:`Answer.to_json`; no words without a Lucene index.
        """
        _check_questions([query])
        ((spoken, doubt),) = self._language.settle([query], [language])
        words = self._sides.words.structure(query, spoken) if self._sides.indexes[WORDS] else []
        read = [reading_to_json(each) for each in self._read(words)]
        return {"query": query, "language": spoken, "doubt": doubt, "words": read}

    def list_languages(self) -> list[dict[str, str]]:
        """List the supported languages.

        Returns
        -------
        list of dict
            `code` (ISO 639-3), `name` in English, `tag` (BCP 47) and `direction` (`ltr` or `rtl`).
        """
        return [
            {
                "code": language.code,
                "name": language.name,
                "tag": language.short or language.code,
                "direction": "rtl" if language.right_to_left else "ltr",
            }
            for language in map(Language, self.languages)
        ]

    @property
    def languages(self) -> list[str]:
        """ISO 639-3 codes of the supported languages."""
        return self._language.known

    @property
    def tables(self) -> Mapping[str, TranslationTable]:
        """Translation tables loaded so far, by language; none without a Lucene index."""
        return self._sides.words.tables if self._sides.indexes[WORDS] else {}

    @property
    def backend(self) -> str | None:
        """What runs the student; None without a dense index."""
        return self._sides.meaning.backend if self._sides.indexes[MEANING] else None

    @cached_property
    def _collection(self) -> Collection | None:
        return Collection(self._collection_path) if self._collection_path else None

    def _read(self, words: Sequence[StructuredWord]) -> list[Reading]:
        return read_words(words, self._sides.surface_forms if words else {})

    def _fetch(self, docid: str) -> tuple[str, str]:
        if self._collection is not None:
            return self._collection.look_up(docid)
        return read_stored(self._sides.words.read_raw(docid)) if self._sides.indexes[WORDS] else ("", "")


def _check_questions(queries: Sequence[str]) -> None:
    if isinstance(queries, str):  # its letters would be taken for questions
        raise OpticalError(f"queries {queries!r}: give a list of questions; search() takes one")
    if not all(query.strip() for query in queries):
        raise OpticalError("the question is empty; type one")
