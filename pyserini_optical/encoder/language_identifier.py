"""Which language a query is in: naive Bayes over hashed character n-grams.

References
----------
Cavnar and Trenkle, *N-Gram-Based Text Categorization*, SDAIR 1994; Lui and Baldwin, *langid.py*, ACL 2012.
"""

import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from pyserini_optical.bitext.read import read_bitext
from pyserini_optical.encoder.checkpoint import FILE, read_checkpoint, write_checkpoint
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, write_file
from pyserini_optical.languages import ENGLISH

LANGUAGE_IDENTIFIER = "language.safetensors"
LONGEST_GRAM = 4


def hash_grams(text: str, buckets: int) -> np.ndarray:
    """Hash the character n-grams of a text, n = 1 to 4, word boundaries marked by spaces.

    Parameters
    ----------
    text : str
    buckets : int

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

        Parameters
        ----------
        text : str

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
        """Write the language identifier as one safetensors file, replacing the one that is there.

        Parameters
        ----------
        path : str or Path
        """
        tensors = {"log_likelihoods": self.log_likelihoods.astype(np.float16)}
        with write_file(path, "wb", overwrite=True) as file:
            file.write(save(tensors, metadata={"languages": " ".join(self.languages)}))

    @classmethod
    def load(cls, path: str | Path, languages: Sequence[str] | None = None) -> "LanguageIdentifier":
        """Read a language identifier.

        Parameters
        ----------
        path : str or Path
        languages : sequence of str, optional
            Choose among these alone; by default among all it was trained on.

        Returns
        -------
        LanguageIdentifier

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


def train_language_identifier(
    texts: Mapping[str, Iterable[str]], buckets: int = 16384, smoothing: float = 0.02
) -> LanguageIdentifier:
    """Count character n-grams a language.

    Parameters
    ----------
    texts : mapping
        ISO 639-3 code -> sentences in that language.
    buckets : int
        Size of the hash table; a few hundred kilobytes a dozen languages.
    smoothing : float
        Added to every count, as a share of the mean count a bucket, so that a language with little text is not
        punished for it.

    Returns
    -------
    LanguageIdentifier

    Raises
    ------
    OpticalError
        A language has no text.
    """
    rows = []
    for language, sentences in texts.items():
        counts = np.zeros(buckets)
        for sentence in sentences:
            counts += np.bincount(hash_grams(sentence, buckets), minlength=buckets)
        if not counts.sum():
            raise OpticalError(f"{language}: no text to learn the language from")
        counts += smoothing * counts.mean()
        rows.append(np.log(counts / counts.sum()))
    return LanguageIdentifier(list(texts), np.array(rows, dtype=np.float32))


def train_on_bitext(folder: str | Path, languages: Sequence[str], pairs: int = 20_000) -> LanguageIdentifier:
    """Train on the foreign side of shipped bitext, and on the English sides of all of it.

    Parameters
    ----------
    folder : str or Path
        Holds `<language>.tsv.gz`.
    languages : sequence of str
        ISO 639-3 codes, English excepted.
    pairs : int
        Pairs a language at most, spread evenly over the file.

    Returns
    -------
    LanguageIdentifier
        English comes last.

    Raises
    ------
    OpticalError
        A language has no bitext.
    """
    texts: dict[str, list[str]] = {}
    english: list[str] = []
    for language in languages:
        read = list(read_bitext(Path(folder) / f"{language}.tsv.gz", language=language))
        step = max(1, -(-len(read) // pairs))
        texts[language] = [pair.foreign for pair in read[::step]]
        english += [pair.english for pair in read[:: step * 2]]
    return train_language_identifier({**texts, ENGLISH: english})


def write_language_identifier(folder: str | Path, identifier: LanguageIdentifier) -> None:
    """Put a language identifier into a pack folder and its checksum into `optical.json`.

    Parameters
    ----------
    folder : str or Path
        The pack folder.
    identifier : LanguageIdentifier
    """
    path = Path(folder) / LANGUAGE_IDENTIFIER
    identifier.save(path)
    if (Path(folder) / FILE).is_file():
        checkpoint = read_checkpoint(folder)
        write_checkpoint(folder, replace(checkpoint, sha256=checkpoint.sha256 | {LANGUAGE_IDENTIFIER: checksum(path)}))
