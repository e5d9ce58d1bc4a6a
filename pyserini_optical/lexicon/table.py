"""The translation table: for a foreign word, English index terms with probabilities; stored as text one can read."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, open_text, refuse_overwrite, write_file
from pyserini_optical.lexicon.english import ENGLISH_ANALYZER
from pyserini_optical.lexicon.words import FOREIGN_ANALYZER
from pyserini_optical.updating import update_folder

FORMAT = "pyserini-optical-table/1"
TABLE_FILE = "table.tsv.gz"
PROVENANCE_FILE = "table.json"
STEPS = 1000
"""Probabilities are stored in thousandths, rounded down so that a row never sums to more than 1."""

_DESCRIBED = ("format", "language", "english_analyzer", "foreign_analyzer", "stem_length", "words", "entries", "sha256")


@dataclass(frozen=True, eq=False)
class TranslationTable:
    """Translations of the words of one language.

    Attributes
    ----------
    language : str
        ISO 639-3 code of the foreign side.
    words : dict of str to int
        Foreign word to row, in row order. A key such as `madak*` is a stem: the first `stem_length` letters of words
        too rare to have a row of their own.
    terms : list of str
        English index terms by id.
    offsets : numpy.ndarray, shape (words + 1,), int64
        Row r holds the entries from ``offsets[r]`` to ``offsets[r + 1]``, most probable first.
    term_ids : numpy.ndarray, shape (entries,), int32
    probabilities : numpy.ndarray, shape (entries,), float64
        p(term | word); a row may sum to less than 1, the rest being words that no index holds.
    english_analyzer, foreign_analyzer : str
        How the two sides were analysed; terms are index terms only of an index analysed alike.
    stem_length : int
        Letters of a stem; 0: the table has none.
    provenance : dict
        Bitext with checksums, counts and options, as it is written to `table.json`.
    """

    language: str
    words: dict[str, int]
    terms: list[str]
    offsets: np.ndarray
    term_ids: np.ndarray
    probabilities: np.ndarray
    english_analyzer: str = ENGLISH_ANALYZER
    foreign_analyzer: str = FOREIGN_ANALYZER
    stem_length: int = 0
    provenance: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls, language: str, rows: Mapping[str, Sequence[tuple[str, float]]], **details: Any
    ) -> "TranslationTable":
        """Make a table of rows.

        Parameters
        ----------
        language : str
        rows : mapping of str to sequence of (str, float)
            Foreign word to English terms with probabilities.
        **details
            `english_analyzer`, `foreign_analyzer`, `stem_length`, `provenance`.

        Returns
        -------
        TranslationTable

        Raises
        ------
        OpticalError
            A probability is not in (0, 1], a row sums to more than 1, or a word or term holds white space.
        """
        ids: dict[str, int] = {}
        offsets, term_ids, probabilities = [0], [], []
        for word, row in rows.items():
            if any(text.split() != [text] for text in (word, *(term for term, _ in row))):
                raise OpticalError(f"translation table, word {word!r}: words and terms are not empty and hold no space")
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

    def translations(self, word: str) -> list[tuple[str, float]]:
        """Look a word up as it stands.

        Parameters
        ----------
        word : str
            As :func:`pyserini_optical.lexicon.words.foreign_words` gives it.

        Returns
        -------
        list of (str, float)
            Index terms and probabilities, most probable first; empty for a word that is not ``in`` the table, and for
            one that translates to stop words alone. :func:`pyserini_optical.lexicon.backoff.translate_word` tells the
            two apart and falls back.
        """
        row = self.words.get(word)
        if row is None:
            return []
        part = slice(self.offsets[row], self.offsets[row + 1])
        ids, probabilities = self.term_ids[part].tolist(), self.probabilities[part].tolist()
        return [(self.terms[term], probability) for term, probability in zip(ids, probabilities, strict=True)]

    def rows(self) -> Iterator[tuple[str, list[tuple[str, float]]]]:
        """Go through the table.

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
            Made if need be; other files in it stay.
        overwrite : bool

        Raises
        ------
        OpticalError
            The files are there and `overwrite` is false, or cannot be written.
        """
        for name in (TABLE_FILE, PROVENANCE_FILE):
            refuse_overwrite(Path(folder) / name, overwrite)
        with update_folder(folder) as partial:  # the two files describe each other
            self._write(partial)

    def _write(self, folder: Path) -> None:
        with write_file(folder / TABLE_FILE, overwrite=True) as file:
            for word, row in sorted(self.rows()):
                thousandths = ((term, int(probability * STEPS + 1e-3)) for term, probability in row)
                file.write(f"{word}\t{' '.join(f'{term}:{share}' for term, share in thousandths if share)}\n")
        content = {
            "format": FORMAT,
            "language": self.language,
            "english_analyzer": self.english_analyzer,
            "foreign_analyzer": self.foreign_analyzer,
            "stem_length": self.stem_length,
            "words": len(self.words),
            "entries": len(self.term_ids),
            "sha256": checksum(folder / TABLE_FILE),
            **self.provenance,
        }
        with write_file(folder / PROVENANCE_FILE, overwrite=True) as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.write("\n")

    @classmethod
    def load(cls, folder: str | Path, language: str | None = None) -> "TranslationTable":
        """Read a table back.

        Parameters
        ----------
        folder : str or Path
            What :meth:`save` wrote to.
        language : str, optional
            Refuse a table of any other language.

        Returns
        -------
        TranslationTable

        Raises
        ------
        OpticalError
            A file is missing, truncated or was altered after it was written, or the table is of another language.
        """
        path, described = Path(folder) / TABLE_FILE, Path(folder) / PROVENANCE_FILE
        content = read_provenance(described)
        if language is not None and content["language"] != language:
            raise OpticalError(f"{folder}: is a table for {content['language']}, not {language}; name another table")
        rows: dict[str, list[tuple[str, float]]] = {}
        with open_text(path) as file:
            for number, line in enumerate(file, 1):
                word, row = _parse_line(line, f"{path}:{number}")
                rows[word] = row
        if checksum(path) != content["sha256"]:
            raise OpticalError(f"{path}: is not what {PROVENANCE_FILE} describes (its SHA-256 differs); learn it again")
        return cls.from_rows(
            content["language"],
            rows,
            english_analyzer=content["english_analyzer"],
            foreign_analyzer=content["foreign_analyzer"],
            stem_length=content["stem_length"],
            provenance={key: value for key, value in content.items() if key not in _DESCRIBED},
        )


def read_provenance(path: Path) -> dict[str, Any]:
    """Read and check a `table.json`.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict

    Raises
    ------
    OpticalError
        The file is missing, is not JSON, is of another format, or lacks an entry.
    """
    try:
        with open_text(path) as file:
            content = json.load(file)
    except json.JSONDecodeError as error:
        raise OpticalError(f"{path}:{error.lineno}: is not JSON ({error.msg}); learn the table again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise OpticalError(f"{path}: does not describe a translation table of the format {FORMAT}")
    missing = [key for key in _DESCRIBED if key not in content]
    if missing:
        raise OpticalError(f"{path}: has no {', '.join(missing)}; learn the table again")
    return content


def _parse_line(line: str, where: str) -> tuple[str, list[tuple[str, float]]]:
    word, tab, listed = line.rstrip("\n").partition("\t")
    try:
        if not word or not tab:
            raise ValueError("no tab")
        entries = [entry.rpartition(":") for entry in listed.split(" ")] if listed else []
        return word, [(term, int(share) / STEPS) for term, _, share in entries]
    except ValueError as error:
        raise OpticalError(f"{where}: is not `word TAB term:thousandths ...`; learn the table again") from error
