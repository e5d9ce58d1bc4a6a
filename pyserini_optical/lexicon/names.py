"""Look names up among the terms of an index, whatever script the query writes them in.

A word that is not in the bitext is romanised and reduced to its consonants, its skeleton; so, once, are the terms of
the index. Terms that share a skeleton with the word, with or without one of its language's endings, are compared letter
by letter, and the nearest become its translations, frequent terms before rare ones.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pyserini_optical.lexicon.edit_distance import measure_distances
from pyserini_optical.lexicon.english import english_terms
from pyserini_optical.lexicon.romanisation import romanise
from pyserini_optical.lexicon.skeleton import pack_letters, reduce_romanised, reduce_terms
from pyserini_optical.lexicon.vocabulary import Vocabulary

CANDIDATES = 500
"""Most terms compared per skeleton, the most frequent ones."""

MOST = 4
"""Most terms that may translate a name."""

LEAST_SIMILARITY, LEAST_IN_LATIN = 0.75, 0.85
"""Lowest similarity of a term; higher for words in Latin letters, which could have been in the index themselves."""

FREQUENCY, SHARPNESS = 0.015, 0.05
"""What a frequency e times as high is worth beside similarity, and the difference in worth that makes a term e times as
probable."""

ENDING, PER_LETTER = 0.1, 0.02
"""Cost of removing an ending, and additional cost per letter."""

CACHED_WORDS = 10_000


@dataclass(frozen=True)
class Name:
    """An index term that a word may be a spelling of.

    Attributes
    ----------
    probability : float
        Sums to 1 over all candidates for the word.
    similarity : float
        1 minus the distance per letter; 1 for identical letters.
    ending : str
        The ending that the word has after the name.
    """

    term: str
    probability: float
    similarity: float
    ending: str = ""


def is_latin(word: str) -> bool:
    """Return whether a word is written in Latin letters.

    Returns
    -------
    bool
        Decided by its first letter; True for a word without letters.
    """
    first = next(filter(str.isalpha, word), "a")
    return first.isascii() or unicodedata.name(first, "").startswith("LATIN")


class NameFinder:
    """Find the terms of a vocabulary that a foreign word may be a spelling of.

    Parameters
    ----------
    endings : mapping of str to float
        Endings of the language, as :func:`pyserini_optical.lexicon.endings.learn_endings` gives them.
    analyze : callable
        Maps a text to index terms: a stemming index has `Paris` as `pari`.

    References
    ----------
    Pirkola et al., *Fuzzy Translation of Cross-Lingual Spelling Variants*, SIGIR 2003, and Udupa et al., *"They Are Out
    There, If You Know Where to Look": Mining Transliterations of OOV Query Terms*, ECIR 2009, also look for the
    spelling in the searched collection itself.

    Examples
    --------
    >>> vocabulary = Vocabulary.from_terms(["california", "mumbai", "marathi", "water"], [2371, 140, 65, 9000], 10000)
    >>> finder = NameFinder(vocabulary, {"ला": 0.02})
    >>> [(name.term, name.ending) for name in finder.find("कॅलिफोर्नियाला")]
    [('california', 'ला')]
    >>> finder.find("घर")
    []
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        endings: Mapping[str, float],
        analyze: Callable[[str], list[str]] = english_terms,
    ) -> None:
        self.vocabulary = vocabulary
        self.endings = endings
        self.analyze = analyze
        self.find = lru_cache(CACHED_WORDS)(self._find)

    def holds(self, terms: Sequence[str]) -> bool:
        """Return whether the index contains a word unchanged.

        Parameters
        ----------
        terms : sequence of str
            The word as analysed for the index.

        Returns
        -------
        bool
            Also True for a word too short to be looked up.
        """
        return all(len(term) < 3 or term in self.vocabulary for term in terms)

    def _find(self, word: str) -> list[Name]:
        roman = romanise(word)
        parts = self._split(word, roman)
        spellings = pack_letters([roman[:end] for end in parts])
        letters = spellings[0, : len(roman)]
        places = self._candidates(word, spellings)
        if not len(places):
            return []
        spelt = self.vocabulary.letters(places)
        distances = measure_distances(letters, spelt)
        ends = [min(end, len(letters)) for end in parts]
        costs = distances[ends] + np.array([[cost] for cost, _ in parts.values()])
        best = costs.argmin(axis=0)
        sizes = np.maximum(np.array(ends)[best], (spelt > 0).sum(axis=1))
        similarities = 1.0 - costs.min(axis=0) / sizes
        worth = similarities + FREQUENCY * np.log(self.vocabulary.frequencies[places])
        least = LEAST_IN_LATIN if is_latin(word) else LEAST_SIMILARITY
        first = [place for place in np.argsort(-worth, kind="stable")[:MOST] if similarities[place] >= least]
        if not first:
            return []
        shares = np.exp((worth[first] - worth[first[0]]) / SHARPNESS)
        endings = [ending for _, ending in parts.values()]
        return [
            Name(self.vocabulary.term(places[place]), float(share), float(similarities[place]), endings[best[place]])
            for place, share in zip(first, shares / shares.sum(), strict=True)
        ]

    def _split(self, word: str, roman: str) -> dict[int, tuple[float, str]]:
        """Possible lengths of the name, in romanised letters -> cost, and the ending after it."""
        parts = {len(roman): (0.0, "")}
        for start in range(len(word) - 1, 1, -1):
            if (ending := word[start:]) in self.endings:
                end = len(romanise(word[:start]))
                parts.setdefault(end, (ENDING + PER_LETTER * (len(roman) - end), ending))
        for end, part in list(parts.items()):
            for stem in self.analyze(roman[:end]):
                if roman.startswith(stem):
                    parts.setdefault(len(stem), part)
        return parts

    def _candidates(self, word: str, letters: np.ndarray) -> np.ndarray:
        skeletons = reduce_terms(letters) if is_latin(word) else reduce_romanised(letters)
        telling = {skeleton for skeleton in skeletons.ravel().tolist() if skeleton >= 8}  # a consonant or more
        found = [self.vocabulary.look_up(skeleton, CANDIDATES) for skeleton in telling]
        return np.unique(np.concatenate([np.zeros(0, np.int32), *found]))
