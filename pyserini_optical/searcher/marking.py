"""Where a passage says what a query asks: the stretches whose index terms stand for the query's words."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pyserini_optical.lexicon.english import english_terms, locate_words
from pyserini_optical.searcher.answer import Mark, Reading


def mark_words(text: str, readings: Sequence[Reading]) -> tuple[Mark, ...]:
    """Find the words of a passage that are translations of a query's words.

    Parameters
    ----------
    text : str
        English.

    Returns
    -------
    tuple of Mark
        In the order of the text, none over another; where two words of the query have the same translation, the mark
        names the one that has it more probably.
    """
    wanted: dict[str, tuple[float, str]] = {}
    for reading in readings:
        for term, _, probability in reading.translations:
            wanted[term] = max(wanted.get(term, (0.0, "")), (probability, reading.word))
    marks = []
    for start, word in locate_words(text) if wanted else ():
        found = [wanted[term] for term in _terms(word) if term in wanted]
        if found:
            probability, asked = max(found)
            marks.append(Mark(start, start + len(word), asked, probability))
    return tuple(marks)


def find_surface_forms(vocabulary: Iterable[str]) -> dict[str, str]:
    """Give index terms, which are stems, a form that a reader knows.

    Parameters
    ----------
    vocabulary : iterable of str
        English words, frequent ones first; a teacher's vocabulary is such a list.

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


@lru_cache(50_000)
def _terms(word: str) -> tuple[str, ...]:
    return tuple(english_terms(word))
