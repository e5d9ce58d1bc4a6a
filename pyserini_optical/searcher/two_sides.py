"""From questions to fused rankings: open the two sides, search both, fuse."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.fuse import fuse_lists
from pyserini_optical.fusion.hybrid import weigh_sides
from pyserini_optical.languages import ENGLISH
from pyserini_optical.lexicon.table_names import list_table_languages
from pyserini_optical.plugin.java import leave_java
from pyserini_optical.psq.gloss import write_gloss
from pyserini_optical.psq.structured import StructuredWord
from pyserini_optical.runs import Ranking, rank
from pyserini_optical.searcher.answer import MEANING, WORDS
from pyserini_optical.searcher.asked_language import AskedLanguage
from pyserini_optical.searcher.marking import find_surface_forms
from pyserini_optical.searcher.settings import Settings
from pyserini_optical.searcher.sides import MeaningSide, TableReader, WordSide

logger = logging.getLogger(__name__)

SAMPLE = 100
"""Number of documents, evenly spread over a dense index, that are looked up in the Lucene index."""

MODES = {"hybrid": (WORDS, MEANING), "psq": (WORDS,), "dense": (MEANING,), "bm25": (WORDS,)}
"""Mode -> sides to search."""


@dataclass(frozen=True)
class Found:
    """The result of searching for one question.

    Attributes
    ----------
    words : sequence of StructuredWord
        Empty for a search by meaning only.
    ranking : dict of str to float
        Document id -> score, best first.
    sides : dict of str to (dict of str to float)
        Side -> its own ranking.
    weights : tuple of (float, float), or None
        Weights of words and meaning, if both were searched.
    """

    words: Sequence[StructuredWord]
    ranking: Ranking
    sides: dict[str, Ranking]
    weights: tuple[float, float] | None


class TwoSides:
    """Search by words, by meaning, or both. A side is opened on first use.

    Parameters
    ----------
    lucene_index, dense_index : str or None
    language : AskedLanguage
        Provides the student and English words.
    table : str
        Translation tables.
    documents : str
        ISO 639-3 code of the index's documents.
    device, backend : str, optional
        Device and backend of the student.
    threads : int
        Threads for each side.

    Raises
    ------
    OpticalError
        No index is given.
    """

    def __init__(
        self,
        lucene_index: str | None,
        dense_index: str | None,
        language: AskedLanguage,
        table: str,
        documents: str,
        settings: Settings,
        device: str = "cpu",
        backend: str | None = None,
        threads: int = 1,
    ) -> None:
        self.indexes = {WORDS: lucene_index, MEANING: dense_index}
        if not any(self.indexes.values()):
            raise OpticalError("no index to search: name one with --lucene-index, --dense-index, or both")
        self.modes = [name for name, sides in MODES.items() if all(self.indexes[side] for side in sides)]
        self._language, self._table, self._documents = language, table, documents
        self._settings, self._device, self._backend, self._threads = settings, device, backend, threads
        self._compared = False

    @cached_property
    def words(self) -> WordSide:
        """The side of words."""
        student = self._language.encoder
        return WordSide(str(self.indexes[WORDS]), self._table, self._documents, self._settings, student)

    @cached_property
    def meaning(self) -> MeaningSide:
        """The side of meaning."""
        index = str(self.indexes[MEANING])
        return MeaningSide(index, self._language.student, self._settings, self._device, self._backend)

    @cached_property
    def surface_forms(self) -> dict[str, str]:
        """English words for index terms, see :func:`pyserini_optical.searcher.marking.find_surface_forms`."""
        return find_surface_forms(self._language.english_words())

    @cached_property
    def _tables(self) -> TableReader:
        return TableReader(self._table, self.surface_forms, self._settings, self._language.encoder)

    def list_tables(self) -> list[str]:
        """List the supported languages that have a translation table."""
        return [language for language in list_table_languages(self._table) if language in self._language.known]

    def check_mode(self, mode: str) -> str:
        """Return a mode if it can be searched.

        Raises
        ------
        OpticalError
            There is no such mode, or it needs an index that was not given.
        """
        if mode not in MODES:
            raise OpticalError(f"mode {mode!r} is not known; choose one of {', '.join(MODES)}")
        for side in MODES[mode]:
            if not self.indexes[side]:
                option = "--lucene-index" if side == WORDS else "--dense-index"
                raise OpticalError(f"--mode {mode} needs an index: name it with {option}")
        return mode

    def search(self, queries: Sequence[str], languages: Sequence[str], k: int, mode: str) -> list[Found]:
        """Search with several questions together.

        Parameters
        ----------
        languages : sequence of str
            ISO 639-3 code of each question.
        k : int
            Number of hits.
        """
        if mode == "hybrid":
            self._warn_of_other_documents()
        depth = self._settings.depth if mode == "hybrid" else k
        structured: list[list[StructuredWord]] = [[] for _ in queries]
        if WORDS in MODES[mode]:
            spoken = [self._documents] * len(queries) if mode == "bm25" else languages
            structured = [self.words.structure(*asked) for asked in zip(queries, spoken, strict=True)]
        sides = {
            WORDS: lambda: self._search_words(queries, structured, depth, mode),
            MEANING: lambda: self._search_meaning(queries, languages, structured, depth, mode),
        }
        found = self._search_sides({side: sides[side] for side in MODES[mode]})
        return [
            self._fuse(*asked, structured[place], {side: rankings[place] for side, rankings in found.items()}, k)
            for place, asked in enumerate(zip(queries, languages, strict=True))
        ]

    def _warn_of_other_documents(self) -> None:
        """Warn once if the sides have no documents in common, in which case fusion is pointless."""
        if self._compared:
            return
        self._compared = True
        docids = self.meaning.docids
        sample = docids[:: -(-len(docids) // SAMPLE)]
        if not any(map(self.words.holds, sample)):
            logger.warning(
                "%s: holds none of %d documents of %s, such as %s: a hybrid needs both of one collection, under one id",
                *(self.indexes[WORDS], len(sample), self.indexes[MEANING], sample[0]),
            )

    def _search_sides(self, sides: dict[str, Callable[[], list[Ranking]]]) -> dict[str, list[Ranking]]:
        """Search both sides in parallel if there are threads: most of the time is spent outside Python."""
        if len(sides) < 2 or self._threads < 2:
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
            return self.words.search_untranslated(queries, depth)
        return self.words.search(structured, depth, self._threads)

    def _search_meaning(
        self,
        queries: Sequence[str],
        languages: Sequence[str],
        structured: Sequence[Sequence[StructuredWord]],
        depth: int,
        mode: str,
    ) -> list[Ranking]:
        glosses = [""] * len(queries)
        if self._documents == ENGLISH and self._settings.wants_gloss(mode):
            glosses = [self._gloss(*asked) for asked in zip(queries, languages, structured, strict=True)]
        penalty = self._settings.choose_penalty(mode)
        return self.meaning.search(queries, languages, glosses, depth, self._threads, penalty)

    def _gloss(self, query: str, language: str, words: Sequence[StructuredWord]) -> str:
        if language == ENGLISH:
            return ""
        reader = self.words if self.indexes[WORDS] else self._tables
        return write_gloss(words or reader.structure(query, language), self.surface_forms)

    def _fuse(self, query: str, language: str, words: list[StructuredWord], sides: dict[str, Ranking], k: int) -> Found:
        if len(sides) == 1:
            return Found(words, next(iter(sides.values())), sides, None)
        settings, both = self._settings, [sides[WORDS], sides[MEANING]]
        weights = weigh_sides(both[0], both[1], query, language, settings.weights)
        fused = fuse_lists(both, weights, settings.method, settings.normalisation)
        return Found(words, rank(fused, k), sides, weights)
