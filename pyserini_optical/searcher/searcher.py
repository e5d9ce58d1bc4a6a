"""One object that opens an index by words, by meaning, or both, and answers questions in any language it knows."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.fuse import fuse_lists
from pyserini_optical.fusion.hybrid import weigh_sides
from pyserini_optical.languages import ENGLISH, Language
from pyserini_optical.plugin.java import leave_java
from pyserini_optical.psq.gloss import write_gloss
from pyserini_optical.psq.structured import StructuredWord
from pyserini_optical.runs import Run, rank
from pyserini_optical.searcher.answer import MEANING, WORDS, Answer, Hit, Reading, reading_to_json
from pyserini_optical.searcher.asked_language import AskedLanguage
from pyserini_optical.searcher.marking import find_surface_forms, gloss_terms, mark_words
from pyserini_optical.searcher.passages import Collection, read_stored
from pyserini_optical.searcher.settings import Settings
from pyserini_optical.searcher.sides import MeaningSide, Ranking, TableReader, WordSide

MODES = {"hybrid": (WORDS, MEANING), "psq": (WORDS,), "dense": (MEANING,), "bm25": (WORDS,)}
"""Mode -> the sides that it searches."""

CACHED_PASSAGES = 4096


@dataclass(frozen=True)
class _Found:
    words: Sequence[StructuredWord]
    ranking: Ranking
    sides: dict[str, Ranking]
    weights: tuple[float, float] | None


class OpticalSearcher:
    """Ask English passages in other languages.

    A side is opened when it is first needed; :meth:`open` does it at once.

    Parameters
    ----------
    lucene_index : str, optional
        Lucene index made by Pyserini's default analyzer.
    dense_index : str, optional
        Faiss index made by Pyserini with the student's teacher. At least one of the two.
    mode : {"hybrid", "psq", "dense", "bm25"}, optional
        By words and meaning, by words, by meaning, or BM25 on the untranslated query; by default the first of these for
        which the indexes are there.
    language : str, optional
        ISO 639-3 code of all queries; by default the language of each is identified.
    table : str
        Translation tables: `optical`, or a folder.
    documents : str
        ISO 639-3 code of the index's documents. Queries of those in another language than English are English, unless
        `language` says otherwise.
    encoder : str
        Student: `optical`, `optical-swa`, or a folder.
    unknown_language : {"warn", "refuse"}, optional
        What to do with a query in a language that the student was not taught.
    collection : str, optional
        The JSON collection that was indexed, for the text of passages that no Lucene index stores.
    device : str
        A torch device.
    backend : {"torch", "onnx", "onnx-int8"}, optional
        What runs the student; by default onnx where it was exported, else torch.
    threads : int
        Of each side.

    Raises
    ------
    OpticalError
        No index is named, or not those that the mode needs.

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
        self._indexes = {WORDS: lucene_index, MEANING: dense_index}
        self.modes = [name for name, sides in MODES.items() if all(self._indexes[side] for side in sides)]
        if not any(self._indexes.values()):
            raise OpticalError("there is nothing to search: name an index with --lucene-index, --dense-index, or both")
        self.mode = self._check_mode(mode or self.modes[0])
        if documents != ENGLISH:
            language = language or ENGLISH
        self._language = AskedLanguage(language, table if lucene_index else None, encoder, unknown_language)
        self._table, self._documents = table, documents
        self._device, self._backend, self._collection_path = device, backend, collection
        self.fetch = lru_cache(CACHED_PASSAGES)(self._fetch)

    def open(self) -> None:
        """Read indexes and models now, rather than with the first query."""
        for mode in self.modes:
            self.search("Nairobi", 1, mode=mode)

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
            The query is empty, the language is not known, or the mode needs an index that was not named.
        """
        return self.batch_search([query], k=k, languages=[language], mode=mode)[0]

    def batch_search(
        self,
        queries: Sequence[str],
        k: int = 10,
        languages: Sequence[str | None] | None = None,
        mode: str | None = None,
    ) -> list[Answer]:
        """Answer many questions, encoded and searched together.

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
            As :meth:`search`; one query spoils the batch.
        """
        mode = self._check_mode(mode or self.mode)
        _check_questions(queries)
        spoken = self._language.settle(queries, languages)
        found = self._find(queries, [language for language, _ in spoken], k, mode)
        return [
            self._answer(query, *settled, mode, each)
            for query, settled, each in zip(queries, spoken, found, strict=True)
        ]

    def run(
        self,
        topics: Mapping[str, str],
        hits: int = 1000,
        batch_size: int = 64,
        advance: Callable[[int], Any] = lambda count: None,
    ) -> Run:
        """Search with all topics of a file, for scores alone.

        Parameters
        ----------
        topics : mapping of str to str
            Query id -> query.
        hits : int
            Documents per query.
        batch_size : int
            Queries searched together.
        advance : callable
            Told how many queries are done, batch after batch.
        """
        if WORDS in MODES[self.mode]:
            self._words.check_document_ids()
        run: Run = {}
        names = list(topics)
        for start in range(0, len(names), batch_size):
            batch = names[start : start + batch_size]
            queries = [topics[name] for name in batch]
            languages = []
            for query, (language, doubt) in zip(queries, self._language.settle(queries), strict=True):
                languages.append(language)
                if doubt is not None:
                    self._language.doubts.tell(query, doubt, language)
            found = self._find(queries, languages, hits, self.mode)
            run |= {name: each.ranking for name, each in zip(batch, found, strict=True)}
            advance(len(batch))
        return run

    def explain(self, query: str, language: str | None = None) -> dict[str, Any]:
        """Tell how a query is read, without a search.

        Returns
        -------
        dict
            `query`, `language`, `doubt` and `words` as :meth:`Answer.to_json` has them;
            no words where no Lucene index was opened.
        """
        _check_questions([query])
        ((spoken, doubt),) = self._language.settle([query], [language])
        words = self._words.structure(query, spoken) if self._indexes[WORDS] else []
        read = [reading_to_json(each) for each in self._read(words)]
        return {"query": query, "language": spoken, "doubt": doubt, "words": read}

    def list_languages(self) -> list[dict[str, str]]:
        """List the languages that queries may be in.

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
        """ISO 639-3 codes of the languages that queries may be in."""
        return self._language.known

    @cached_property
    def _words(self) -> WordSide:
        return WordSide(str(self._indexes[WORDS]), self._table, self._documents, self.settings)

    @cached_property
    def _tables(self) -> TableReader:
        return TableReader(self._table, self._surface_forms, self.settings)

    @cached_property
    def _meaning(self) -> MeaningSide:
        index = str(self._indexes[MEANING])
        return MeaningSide(index, self._language.student, self.settings, self._device, self._backend)

    @cached_property
    def _collection(self) -> Collection | None:
        return Collection(self._collection_path) if self._collection_path else None

    @cached_property
    def _surface_forms(self) -> dict[str, str]:
        return find_surface_forms(self._language.english_words())

    def _check_mode(self, mode: str) -> str:
        if mode not in MODES:
            raise OpticalError(f"mode {mode!r} is not known; choose one of {', '.join(MODES)}")
        for side in MODES[mode]:
            if not self._indexes[side]:
                option = "--lucene-index" if side == WORDS else "--dense-index"
                raise OpticalError(f"--mode {mode} searches an index: name it with {option}")
        return mode

    def _find(self, queries: Sequence[str], languages: Sequence[str], k: int, mode: str) -> list[_Found]:
        depth = self.settings.depth if mode == "hybrid" else k
        structured: list[list[StructuredWord]] = [[] for _ in queries]
        if WORDS in MODES[mode]:
            spoken = [self._documents] * len(queries) if mode == "bm25" else languages
            structured = [self._words.structure(*asked) for asked in zip(queries, spoken, strict=True)]
        sides = {
            WORDS: lambda: self._search_words(queries, structured, depth, mode),
            MEANING: lambda: self._search_meaning(queries, languages, structured, depth, mode),
        }
        found = self._search_sides({side: sides[side] for side in MODES[mode]})
        return [
            self._fuse(*asked, structured[place], {side: rankings[place] for side, rankings in found.items()}, k)
            for place, asked in enumerate(zip(queries, languages, strict=True))
        ]

    def _search_sides(self, sides: dict[str, Callable[[], list[Ranking]]]) -> dict[str, list[Ranking]]:
        """Search side by side where there are threads: most of the time is spent outside Python."""
        if len(sides) < 2 or self.threads < 2:
            return {side: search() for side, search in sides.items()}

        def search_words() -> list[Ranking]:
            try:
                return sides[WORDS]()
            finally:
                leave_java()

        with ThreadPoolExecutor(1) as helper:
            words = helper.submit(search_words)
            meaning = sides[MEANING]()
            return {WORDS: words.result(), MEANING: meaning}

    def _search_words(
        self, queries: Sequence[str], structured: Sequence[Sequence[StructuredWord]], depth: int, mode: str
    ) -> list[Ranking]:
        if mode == "bm25":
            return self._words.search_untranslated(queries, depth)
        return self._words.search(structured, depth, self.threads)

    def _search_meaning(
        self,
        queries: Sequence[str],
        languages: Sequence[str],
        structured: Sequence[Sequence[StructuredWord]],
        depth: int,
        mode: str,
    ) -> list[Ranking]:
        glosses = [""] * len(queries)
        if self._documents == ENGLISH and self.settings.wants_gloss(mode):
            glosses = [self._gloss(*asked) for asked in zip(queries, languages, structured, strict=True)]
        penalty = self.settings.choose_penalty(mode)
        return self._meaning.search(queries, languages, glosses, depth, self.threads, penalty)

    def _gloss(self, query: str, language: str, words: Sequence[StructuredWord]) -> str:
        if language == ENGLISH:
            return ""
        reader = self._words if self._indexes[WORDS] else self._tables
        return write_gloss(words or reader.structure(query, language), self._surface_forms)

    def _fuse(
        self, query: str, language: str, words: list[StructuredWord], sides: dict[str, Ranking], k: int
    ) -> _Found:
        if len(sides) == 1:
            return _Found(words, next(iter(sides.values())), sides, None)
        settings, both = self.settings, [sides[WORDS], sides[MEANING]]
        weights = weigh_sides(both[0], both[1], query, language, settings.weights)
        fused = fuse_lists(both, weights, settings.method, settings.normalisation)
        return _Found(words, rank(fused, k), sides, weights)

    def _answer(self, query: str, language: str, doubt: str | None, mode: str, found: _Found) -> Answer:
        readings = self._read(found.words)
        glosses = gloss_terms(readings)
        places = {side: {docid: place for place, docid in enumerate(found.sides[side], 1)} for side in found.sides}
        hits = []
        for docid, score in found.ranking.items():
            title, text = self.fetch(docid)
            found_by = {
                side: (places[side][docid], ranking[docid]) for side, ranking in found.sides.items() if docid in ranking
            }
            marks = mark_words(title, glosses), mark_words(text, glosses)
            hits.append(Hit(docid, score, title, text, found_by, *marks))
        return Answer(query, language, mode, tuple(readings), tuple(hits), found.weights, doubt)

    def _read(self, words: Sequence[StructuredWord]) -> list[Reading]:
        forms = self._surface_forms if words else {}
        return [
            Reading(
                word.word,
                word.count,
                word.how,
                tuple((term, forms.get(term, term), probability) for term, probability in word.terms),
                word.reading,
            )
            for word in words
        ]

    def _fetch(self, docid: str) -> tuple[str, str]:
        if self._collection is not None:
            return self._collection.look_up(docid)
        return read_stored(self._words.read_raw(docid)) if self._indexes[WORDS] else ("", "")


def _check_questions(queries: Sequence[str]) -> None:
    if not all(query.strip() for query in queries):
        raise OpticalError("the question is empty; type one")
