"""Language identification for queries: naive Bayes over hashed character n-grams.

References
----------
Cavnar and Trenkle, *N-Gram-Based Text Categorization*, SDAIR 1994; Lui and Baldwin, *langid.py*, ACL 2012.
"""

import logging
import os
import unicodedata
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from pyserini_optical.bitext.normalisation import normalise_text
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_file
from pyserini_optical.languages import Language, script_name, script_of
from pyserini_optical.shipped import SHIPPED_STUDENT

logger = logging.getLogger(__name__)

LANGUAGE_IDENTIFIER = "language.safetensors"
LONGEST_GRAM = 4
SHORTEST_JUDGED = 60
"""Fewest n-grams of a text that is judged; shorter ones may look odd by chance."""
UNKNOWN_LANGUAGE = "PYSERINI_OPTICAL_UNKNOWN_LANGUAGE"
"""Environment variable, `refuse` or `warn`, for encoders that Pyserini creates."""


def hash_grams(text: str, buckets: int) -> np.ndarray:
    """Hash the character n-grams of a text, n = 1 to 4, word boundaries marked by spaces.

    Returns
    -------
    ndarray of int64, shape (n_grams,)
        Bucket of each gram.
    """
    letters = (char if char.isalpha() or unicodedata.category(char)[0] == "M" else " " for char in normalise_text(text))
    words = unicodedata.normalize("NFC", "".join(letters).lower()).split()
    folded = f" {' '.join(words)} " if words else ""
    grams = [
        folded[start : start + size]
        for size in range(1, LONGEST_GRAM + 1)
        for start in range(len(folded) - size + 1)
        if size > 1 or folded[start] != " "
    ]
    return np.array([zlib.crc32(gram.encode()) % buckets for gram in grams], dtype=np.int64)


class LanguageIdentifier:
    """Naive Bayes with equal priors, among the languages written in the script of a text.

    Parameters
    ----------
    languages : sequence of str
        ISO 639-3 codes.
    log_likelihoods : ndarray, shape (languages, buckets)
        log p(bucket | language).
    floors : ndarray, shape (languages,), optional
        Mean log-likelihood per n-gram below which a text is probably not in the language; by default none.
    scripts : sequence of str, optional
        For each language the scripts of its training text, ISO 15924 codes joined by `+`; by default every script.
    """

    def __init__(
        self,
        languages: Sequence[str],
        log_likelihoods: np.ndarray,
        floors: np.ndarray | None = None,
        scripts: Sequence[str] | None = None,
    ) -> None:
        self.languages = list(languages)
        self.log_likelihoods = log_likelihoods
        self.floors = np.full(len(self.languages), -np.inf, np.float32) if floors is None else floors
        self.scripts = [""] * len(self.languages) if scripts is None else list(scripts)

    def identify(self, text: str) -> str:
        """Identify the most likely language.

        Returns
        -------
        str
            ISO 639-3 code; the last language if the text has no letters.
        """
        return self.judge(text)[0]

    def judge(self, text: str) -> tuple[str, str | None]:
        """Identify the most likely language, and judge whether the text is in any of the languages at all.

        Returns
        -------
        language : str
            See :meth:`identify`.
        doubt : str or None
            For example `is in the Thai script` or `reads like no known language`; None if the text may well be in
            `language`. For texts of up to about fifteen letters only the script is judged.
        """
        grams = hash_grams(text, self.log_likelihoods.shape[1])
        if not len(grams):
            return self.languages[-1], None
        script = script_of(text)
        among = [number for number, known in enumerate(self.scripts) if script in known.split("+")]
        means = self.log_likelihoods[:, grams].mean(axis=1)
        best = max(among or range(len(means)), key=lambda number: means[number])
        doubt = None
        if script is not None and not among and all(self.scripts):
            doubt = f"is in the {script_name(script)} script"
        elif len(grams) >= SHORTEST_JUDGED and means[best] < self.floors[best]:
            doubt = "reads like no known language"
        return self.languages[best], doubt

    def save(self, path: str | Path) -> None:
        """Write the language identifier as one safetensors file, replacing an existing one."""
        tensors = {"log_likelihoods": self.log_likelihoods.astype(np.float16), "floors": self.floors.astype(np.float32)}
        metadata = {"languages": " ".join(self.languages), "scripts": ",".join(self.scripts)}
        with write_file(path, "wb", overwrite=True) as file:
            file.write(save(tensors, metadata=metadata))

    @classmethod
    def load(cls, path: str | Path, languages: Sequence[str] | None = None) -> "LanguageIdentifier":
        """Read a language identifier.

        Parameters
        ----------
        languages : sequence of str, optional
            Choose only among these; by default among all it was trained on.

        Raises
        ------
        OpticalError
            The file is damaged, or lacks one of `languages`.
        """
        try:
            with safe_open(str(path), framework="numpy") as file:
                metadata = file.metadata()
                known = metadata["languages"].split()
                table = file.get_tensor("log_likelihoods").astype(np.float32)
                judges = "floors" in file.keys()  # noqa: SIM118  (not a mapping)
                floors = file.get_tensor("floors") if judges else np.full(len(known), -np.inf, np.float32)
                # Files of earlier versions do not record the scripts of the languages.
                usual = ",".join(Language(language).script or "" for language in known)
                scripts = metadata.get("scripts", usual).split(",")
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            raise OpticalError(f"{path}: cannot be read ({error}); fetch the student again") from error
        wanted = known if languages is None else list(languages)
        unknown = [language for language in wanted if language not in known]
        if unknown:
            raise OpticalError(
                f"{path}: has not learned {', '.join(unknown)}; run: pyserini-optical language-identifier --student "
                f"{Path(path).parent} --bitext {unknown[0]}.tsv.gz --overwrite"
            )
        rows = [known.index(language) for language in wanted]
        return cls(wanted, table[rows], floors[rows], [scripts[row] for row in rows])


class UnknownLanguage:
    """Handle queries in a language or script that a student of several languages was not taught.

    Parameters
    ----------
    student : str
        Name of the student.
    known : sequence of str
        ISO 639-3 codes.
    wanted : {"warn", "refuse"}, optional
        By default the value of the environment variable, else warn.

    Raises
    ------
    OpticalError
        The environment variable has another value.
    """

    def __init__(self, student: str, known: Sequence[str], wanted: str | None = None) -> None:
        chosen = wanted or os.environ.get(UNKNOWN_LANGUAGE) or "warn"
        if chosen not in ("warn", "refuse"):
            raise OpticalError(f"{UNKNOWN_LANGUAGE} is {chosen!r}; it must be warn or refuse")
        self.refuses = chosen == "refuse"
        self._student, self._known = student, ", ".join(known)
        self._told = False

    def tell(self, query: str, doubt: str, language: str) -> None:
        """Refuse a query, or warn once.

        Parameters
        ----------
        doubt : str
            See :meth:`~pyserini_optical.encoder.language_identifier.LanguageIdentifier.judge`.
        language : str
            ISO 639-3 code of the language that it is read as.
        """
        what = f"{query[:60]!r} {doubt}: it is probably not in a language of {self._student} ({self._known})"
        way = (
            f"name a student of its language, like {SHIPPED_STUDENT}-swa, or add it with pyserini-optical add-language"
        )
        if self.refuses:
            raise OpticalError(f"{what}; {way}")
        if not self._told:
            logger.warning("%s, and is read as %s; %s. Further such queries are not reported", what, language, way)
            self._told = True
