"""The translation table: index terms with probabilities for each query word."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH
from pyserini_optical.lexicon.endings import learn_endings
from pyserini_optical.lexicon.english import ENGLISH_ANALYZER, english_terms
from pyserini_optical.lexicon.table_files import read_table_files, write_table_files
from pyserini_optical.lexicon.words import FOREIGN_ANALYZER


@dataclass(frozen=True, eq=False)
class TranslationTable:
    """Translations of the words of one language.

    Attributes
    ----------
    language : str
        ISO 639-3 code of the queries.
    words : dict of str to int
        Foreign word to row, in row order. A key such as `madak*` is a stem: the first `stem_length` letters, for words
        too rare to have their own row.
    terms : list of str
        English index terms by id.
    offsets : numpy.ndarray, shape (words + 1,), int64
        Row r holds the entries from ``offsets[r]`` to ``offsets[r + 1]``, most probable first.
    term_ids : numpy.ndarray, shape (entries,), int32
    probabilities : numpy.ndarray, shape (entries,), float64
        p(term | word); a row may sum to less than 1; the rest belongs to words that are not indexed.
    document_language : str
        ISO 639-3 code of the index's documents.
    english_analyzer, foreign_analyzer : str
        How the two sides were analysed; the terms only match an index that was analysed in the same way.
    stem_length : int
        Letters of a stem; 0: the table has no stems.
    provenance : dict
        Bitext with checksums, counts and options, as written to `table.json`.
    analyze : callable
        Maps a text to index terms, for words that are not in the table.
    """

    language: str
    words: dict[str, int]
    terms: list[str]
    offsets: np.ndarray
    term_ids: np.ndarray
    probabilities: np.ndarray
    document_language: str = ENGLISH
    english_analyzer: str = ENGLISH_ANALYZER
    foreign_analyzer: str = FOREIGN_ANALYZER
    stem_length: int = 0
    provenance: dict[str, Any] = field(default_factory=dict)
    analyze: Callable[[str], list[str]] = english_terms

    @classmethod
    def from_rows(
        cls, language: str, rows: Mapping[str, Sequence[tuple[str, float]]], **details: Any
    ) -> "TranslationTable":
        """Make a table from rows.

        Parameters
        ----------
        rows : mapping of str to sequence of (str, float)
            Foreign word to English terms with probabilities.
        **details
            `document_language`, `english_analyzer`, `foreign_analyzer`, `stem_length`, `provenance`.

        Raises
        ------
        OpticalError
            A probability is not in (0, 1], a row sums to more than 1, or a word or term contains white space.
        """
        ids: dict[str, int] = {}
        offsets, term_ids, probabilities = [0], [], []
        for word, row in rows.items():
            if any(text.split() != [text] for text in (word, *(term for term, _ in row))):
                raise OpticalError(
                    f"translation table, word {word!r}: words and terms must not be empty or contain a space"
                )
            for term, probability in sorted(row, key=lambda entry: (-entry[1], entry[0])):
                if not 0 < probability <= 1:
                    raise OpticalError(f"translation table, word {word!r}: p({term}) is {probability}, not in (0, 1]")
                term_ids.append(ids.setdefault(term, len(ids)))
                probabilities.append(probability)
            mass = math.fsum(probabilities[offsets[-1] :])
            if mass > 1 + 1e-4:
                raise OpticalError(f"translation table, word {word!r}: its row sums to {mass:.4f}, more than 1")
            offsets.append(len(term_ids))
        words = {word: row for row, word in enumerate(rows)}
        arrays = np.array(offsets), np.array(term_ids, np.int32), np.array(probabilities, np.float64)
        return cls(language, words, list(ids), *arrays, **details)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.words

    @cached_property
    def endings(self) -> dict[str, float]:
        """Endings of the language, as :func:`pyserini_optical.lexicon.endings.learn_endings` learns them."""
        return learn_endings(word for word in self.words if not word.endswith("*"))

    def translations(self, word: str) -> list[tuple[str, float]]:
        """Look a word up, without any fall-back.

        Parameters
        ----------
        word : str
            As :func:`pyserini_optical.lexicon.words.foreign_words` gives it.

        Returns
        -------
        list of (str, float)
            Index terms and probabilities, most probable first; empty for a word that is not ``in`` the table and for
            one that translates only to stop words. :func:`pyserini_optical.lexicon.backoff.translate_word` tells the
            two apart and falls back.
        """
        row = self.words.get(word)
        if row is None:
            return []
        part = slice(self.offsets[row], self.offsets[row + 1])
        ids, probabilities = self.term_ids[part].tolist(), self.probabilities[part].tolist()
        return [(self.terms[term], probability) for term, probability in zip(ids, probabilities, strict=True)]

    def rows(self) -> Iterator[tuple[str, list[tuple[str, float]]]]:
        """Iterate over the rows of the table.

        Yields
        ------
        word : str
        translations : list of (str, float)
        """
        for word in self.words:
            yield word, self.translations(word)

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write `table.tsv.gz` (``word TAB term:thousandths term:thousandths ...``) and `table.json`.

        Parameters
        ----------
        folder : str or Path
            Created if necessary; other files in it are kept.

        Raises
        ------
        OpticalError
            The files exist and `overwrite` is false, or they cannot be written.
        """
        described = {
            "language": self.language,
            "documents": self.document_language,
            "english_analyzer": self.english_analyzer,
            "foreign_analyzer": self.foreign_analyzer,
            "stem_length": self.stem_length,
            "words": len(self.words),
            "entries": len(self.term_ids),
        }
        write_table_files(folder, self.rows(), described, self.provenance, overwrite)

    @classmethod
    def load(cls, folder: str | Path, language: str | None = None) -> "TranslationTable":
        """Read a table back.

        Parameters
        ----------
        folder : str or Path
            A folder written by :meth:`save`.
        language : str, optional
            Refuse a table of any other language.

        Raises
        ------
        OpticalError
            A file is missing, truncated or was changed after it was written, or the table is for another language.
        """
        columns, described, provenance = read_table_files(folder, language)
        return cls(
            **columns,
            language=described["language"],
            document_language=described["documents"],
            english_analyzer=described["english_analyzer"],
            foreign_analyzer=described["foreign_analyzer"],
            stem_length=described["stem_length"],
            provenance=provenance,
        )
