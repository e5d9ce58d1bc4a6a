"""From search results to a readable answer: passages, marked words, and how the question was read."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count

from pyserini_optical.psq.structured import StructuredWord
from pyserini_optical.searcher.answer import Answer, Hit, Reading
from pyserini_optical.searcher.marking import gloss_terms, mark_words
from pyserini_optical.searcher.two_sides import Found


def write_answer(
    query: str,
    language: str,
    doubt: str | None,
    mode: str,
    found: Found,
    readings: Sequence[Reading],
    fetch: Callable[[str], tuple[str, str]],
) -> Answer:
    """Write the answer to one question.

    Parameters
    ----------
    language, doubt, mode
        See :class:`Answer`.
    fetch : callable
        Maps a document id to title and text.
    """
    glosses = gloss_terms(readings)
    places = {side: dict(zip(ranking, count(1), strict=False)) for side, ranking in found.sides.items()}
    hits = []
    for docid, score in found.ranking.items():
        title, text = fetch(docid)
        found_by = {
            side: (places[side][docid], ranking[docid]) for side, ranking in found.sides.items() if docid in ranking
        }
        marks = mark_words(title, glosses), mark_words(text, glosses)
        hits.append(Hit(docid, score, title, text, found_by, *marks))
    return Answer(query, language, mode, tuple(readings), tuple(hits), found.weights, doubt)


def read_words(words: Sequence[StructuredWord], forms: Mapping[str, str]) -> list[Reading]:
    """Describe how the words of a question were read.

    Parameters
    ----------
    forms : mapping of str to str
        Index term -> an English word with this stem.
    """
    return [
        Reading(
            word.word,
            word.count,
            word.how,
            tuple((term, forms.get(term, term), probability) for term, probability in word.terms),
            word.reading,
        )
        for word in words
    ]
