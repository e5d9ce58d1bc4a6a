"""Which language a query is in: naive Bayes over hashed character n-grams.

References
----------
Cavnar and Trenkle, *N-Gram-Based Text Categorization*, SDAIR 1994; Lui and Baldwin, *langid.py*, ACL 2012.
"""

import unicodedata
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_file

LANGUAGE_IDENTIFIER = "language.safetensors"
LONGEST_GRAM = 4


def hash_grams(text: str, buckets: int) -> np.ndarray:
    """Hash the character n-grams of a text, n = 1 to 4, word boundaries marked by spaces.

    Returns
    -------
    ndarray of int64, shape (n_grams,)
        Bucket of each gram.
    """
    letters = "".join(char if char.isalpha() or unicodedata.category(char)[0] == "M" else " " for char in text)
    words = unicodedata.normalize("NFC", letters.lower()).split()
    folded = f" {' '.join(words)} " if words else ""
    grams = [
        folded[start : start + size]
        for size in range(1, LONGEST_GRAM + 1)
        for start in range(len(folded) - size + 1)
        if size > 1 or folded[start] != " "
    ]
    return np.array([zlib.crc32(gram.encode()) % buckets for gram in grams], dtype=np.int64)


class LanguageIdentifier:
    """Naive Bayes with equal priors.

    Parameters
    ----------
    languages : sequence of str
        ISO 639-3 codes.
    log_likelihoods : ndarray, shape (languages, buckets)
        log p(bucket | language).
    """

    def __init__(self, languages: Sequence[str], log_likelihoods: np.ndarray) -> None:
        self.languages = list(languages)
        self.log_likelihoods = log_likelihoods

    def identify(self, text: str) -> str:
        """Name the likeliest language.

        Returns
        -------
        str
            ISO 639-3 code; the last language when the text has no letters.
        """
        grams = hash_grams(text, self.log_likelihoods.shape[1])
        if not len(grams):
            return self.languages[-1]
        return self.languages[int(self.log_likelihoods[:, grams].sum(axis=1).argmax())]

    def save(self, path: str | Path) -> None:
        """Write the language identifier as one safetensors file, replacing the one that is there."""
        tensors = {"log_likelihoods": self.log_likelihoods.astype(np.float16)}
        with write_file(path, "wb", overwrite=True) as file:
            file.write(save(tensors, metadata={"languages": " ".join(self.languages)}))

    @classmethod
    def load(cls, path: str | Path, languages: Sequence[str] | None = None) -> "LanguageIdentifier":
        """Read a language identifier.

        Parameters
        ----------
        languages : sequence of str, optional
            Choose among these alone; by default among all it was trained on.

        Raises
        ------
        OpticalError
            The file is damaged, or knows nothing of one of `languages`.
        """
        try:
            with safe_open(str(path), framework="numpy") as file:
                known = file.metadata()["languages"].split()
                table = file.get_tensor("log_likelihoods").astype(np.float32)
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            raise OpticalError(f"{path}: cannot be read ({error}); fetch the student again") from error
        wanted = known if languages is None else list(languages)
        unknown = [language for language in wanted if language not in known]
        if unknown:
            raise OpticalError(f"{path}: does not know {', '.join(unknown)}; train it again with these too")
        return cls(wanted, table[[known.index(language) for language in wanted]])
