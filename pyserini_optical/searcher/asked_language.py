"""The language of a question: given, implied by the only table or student, or identified."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from pyserini_optical.encoder.language_identifier import LanguageIdentifier, UnknownLanguage
from pyserini_optical.encoder.loading import load_language_identifier
from pyserini_optical.encoder.packs import read_tokenizer
from pyserini_optical.encoder.student import Student, find_student
from pyserini_optical.encoder.teacher import teacher_folder
from pyserini_optical.encoder.teacher_tokenizer import TOKENIZER
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, find_language, match_language
from pyserini_optical.lexicon.table_names import list_table_languages


class AskedLanguage:
    """Determine the language of each question.

    Parameters
    ----------
    language : str or None
        Language of all questions, as any code or name.
    table : str or None
        The translation tables, if words are searched.
    encoder : str
        The student; its language identifier is also used for a search by words only.
    unknown_language : {"warn", "refuse"}, optional
        See :class:`pyserini_optical.encoder.language_identifier.UnknownLanguage`.

    Raises
    ------
    OpticalError
        The language is unknown.
    """

    def __init__(
        self, language: str | None, table: str | None, encoder: str, unknown_language: str | None = None
    ) -> None:
        self._given = None if language is None else find_language(language).code
        self._table = table
        self.encoder = encoder
        self._unknown_language = unknown_language

    @cached_property
    def student(self) -> Student:
        """The student, bound to the given language, so that only its packs are loaded.

        Raises
        ------
        OpticalError
            The student does not support the language, or its name binds it to another. `optical-eng` reads every query
            as English.
        """
        student = self._unbound
        bound = student.language
        if self._given is None or bound == ENGLISH:
            return student
        if bound is None or self._given == ENGLISH:
            return student.bind(self._given)
        if match_language(self._given, [bound]) is None:
            raise OpticalError(
                f"{student.name}: reads {bound}, and the queries are said to be {self._given}; name a student of that "
                "language, or leave the language out"
            )
        return student

    @cached_property
    def _unbound(self) -> Student:
        return find_student(self.encoder)

    @cached_property
    def known(self) -> list[str]:
        """ISO 639-3 codes of the supported languages."""
        if self._given is not None:
            return [self._given]
        tables = [] if self._table is None else list_table_languages(self._table)
        return tables if len(tables) == 1 else self._unbound.languages

    def settle(
        self, queries: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> list[tuple[str, str | None]]:
        """Determine the languages of questions.

        Parameters
        ----------
        languages : sequence of (str or None), optional
            The languages given with the questions, None for those to identify.

        Returns
        -------
        list of (str, str or None)
            ISO 639-3 code, and why the question is probably not in that language, if there is a sign of that.

        Raises
        ------
        OpticalError
            A given language is not supported.
        """
        return [
            self._judge(query) if said is None else (self._check(said), None)
            for query, said in zip(queries, languages or [None] * len(queries), strict=True)
        ]

    def english_words(self) -> Iterator[str]:
        """Iterate over the English words of the teacher's vocabulary, in its order: frequent words first."""
        try:
            tokenizer = read_tokenizer(teacher_folder(self._unbound.checkpoint.teacher.name) / TOKENIZER)
        except OpticalError:  # a search by words only does without the teacher
            return
        vocabulary = tokenizer.get_vocab()
        yield from (word.lstrip("▁Ġ") for word in sorted(vocabulary, key=vocabulary.__getitem__))

    @cached_property
    def doubts(self) -> UnknownLanguage:
        """Handles questions in a language that the student was not taught."""
        return UnknownLanguage(self._unbound.name, self.known, self._unknown_language)

    @cached_property
    def _identifier(self) -> LanguageIdentifier:
        return load_language_identifier(self._unbound)

    def _judge(self, query: str) -> tuple[str, str | None]:
        if len(self.known) == 1:
            return self.known[0], None
        language, doubt = self._identifier.judge(query)
        if doubt is not None and self.doubts.refuses:
            self.doubts.tell(query, doubt, language)
        return language, doubt

    def _check(self, said: str) -> str:
        code = match_language(find_language(said).code, self.known)
        if code is None:
            raise OpticalError(f"language {said}: this search knows {', '.join(self.known)}; choose one of them")
        return code
