"""Mark the words of a passage that translate the words of a query."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from pyserini_optical.lexicon.english import english_terms, locate_words
from pyserini_optical.searcher.answer import Mark, Reading

CACHED_TEXTS = 16_384

Glosses = dict[str, tuple[float, str]]
"""Index term -> probability, and the query word that it translates."""


def gloss_terms(readings: Sequence[Reading]) -> Glosses:
    """Invert the translations of a query: from index terms back to query words.

    Returns
    -------
    dict of str to (float, str)
        Index term -> probability and query word; if two words share a translation, the more probable one.
    """
    glosses: Glosses = {}
    for reading in readings:
        for term, _, probability in reading.translations:
            glosses[term] = max(glosses.get(term, (0.0, "")), (probability, reading.word))
    return glosses


def mark_words(text: str, glosses: Glosses) -> tuple[Mark, ...]:
    """Find the words of a passage that are translations of a query's words.

    Parameters
    ----------
    text : str
        English.
    glosses : dict of str to (float, str)
        See :func:`gloss_terms`.

    Returns
    -------
    tuple of Mark
        In the order of the text, without overlaps.
    """
    if not glosses:
        return ()
    terms, places = _locate_terms(text)
    found: dict[tuple[int, int], tuple[float, str]] = {}
    for number, gloss in enumerate(map(glosses.get, terms)):
        if gloss is not None:
            start, end = places[number].tolist()
            found[start, end] = max(found.get((start, end), (0.0, "")), gloss)
    return tuple(Mark(*place, asked, probability) for place, (probability, asked) in found.items())


def find_surface_forms(vocabulary: Iterable[str]) -> dict[str, str]:
    """Find a readable word form for each index term, which is a stem.

    Parameters
    ----------
    vocabulary : iterable of str
        English words, frequent ones first, such as a teacher's vocabulary.

    Returns
    -------
    dict of str to str
        Term -> the first word with that stem (`citi` -> `city`).
    """
    forms: dict[str, str] = {}
    for word in vocabulary:
        if word.isalpha() and word.isascii() and len(word) > 1:
            for term in english_terms(word):
                forms.setdefault(term, word)
    return forms


@lru_cache(CACHED_TEXTS)
def _locate_terms(text: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Terms of a text and the offsets of their words, shape (terms, 2); cached, since passages are found again."""
    located = [(term, start, start + len(word)) for start, word in locate_words(text) for term in _terms(word)]
    return tuple(term for term, *_ in located), np.array([place for _, *place in located], np.int32).reshape(-1, 2)


@lru_cache(50_000)
def _terms(word: str) -> tuple[str, ...]:
    return tuple(english_terms(word))
