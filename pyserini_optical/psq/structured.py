"""From a foreign query to a structured one: each word becomes a weighted set of index terms. Needs no Java."""

from collections import Counter
from dataclasses import dataclass

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.backoff import translate_word
from pyserini_optical.lexicon.names import NameFinder
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.words import foreign_words


@dataclass(frozen=True)
class Pruning:
    """Which translations of a word are used.

    Attributes
    ----------
    smallest : float
        Translations less probable than this are dropped.
    mass : float
        The most probable translations are kept until their probabilities sum to this.
    most : int
        Most translations per word.
    """

    smallest: float = 0.03
    mass: float = 1.0
    most: int = 20

    def __post_init__(self) -> None:
        if not (0.0 <= self.smallest <= 1.0 and 0.0 < self.mass <= 1.0 and self.most >= 1):
            raise OpticalError(
                f"pruning by smallest={self.smallest}, mass={self.mass}, most={self.most}: "
                "smallest and mass must be probabilities, most a whole number of at least 1"
            )

    def prune(self, translations: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
        """Drop the least probable translations of a word.

        Parameters
        ----------
        translations : list of (str, float)
            Most probable first.
        """
        kept: list[tuple[str, float]] = []
        total = 0.0
        for term, probability in translations[: self.most]:
            # Stored probabilities are rounded down, so their sum may fall just short of the mass.
            if probability < self.smallest or total >= self.mass - 1e-6:
                break
            kept.append((term, probability))
            total += probability
        return tuple(kept)


@dataclass(frozen=True)
class StructuredWord:
    """One word of a query with the index terms that translate it.

    Attributes
    ----------
    word : str
        The foreign word.
    count : int
        How often it occurs in the query; its weight.
    how : str
        How the terms were found, see :class:`pyserini_optical.lexicon.backoff.Translation`.
    terms : tuple of (str, float)
        Index terms with probabilities, most probable first; empty for a word without a translation.
    reading : str
        How the word was read, where that is not obvious.
    """

    word: str
    count: int
    how: str
    terms: tuple[tuple[str, float], ...]
    reading: str = ""


def structure_query(
    query: str, table: TranslationTable, pruning: Pruning | None = None, names: NameFinder | None = None
) -> list[StructuredWord]:
    """Look up the words of a query.

    Parameters
    ----------
    query : str
        In the table's language.

    Returns
    -------
    list of StructuredWord
        In the order of their first occurrence.

    References
    ----------
    Darwish and Oard, Probabilistic Structured Query Methods, SIGIR 2003.
    """
    pruning = pruning or Pruning()
    structured = []
    for word, count in Counter(foreign_words(query, table.language, table.foreign_analyzer)).items():
        found = translate_word(table, word, names)
        structured.append(StructuredWord(word, count, found.how, pruning.prune(found.alternatives), found.reading))
    return structured
