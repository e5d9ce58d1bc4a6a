"""A word-by-word translation of a query: rough, but an English encoder makes more of it than of the original."""

from collections.abc import Mapping, Sequence

from pyserini_optical.lexicon.backoff import COMPOUND, ITSELF, NUMBER
from pyserini_optical.lexicon.names import is_latin
from pyserini_optical.lexicon.romanisation import romanise
from pyserini_optical.psq.structured import StructuredWord


def write_gloss(words: Sequence[StructuredWord], forms: Mapping[str, str]) -> str:
    """Write the likeliest translation of each word of a query.

    Parameters
    ----------
    forms : mapping of str to str
        Index term (a stem) -> the English word to write for it.

    Returns
    -------
    str
        English words separated by spaces; an unknown word is given in Latin letters. Empty if there is nothing to
        write.

    Examples
    --------
    >>> city, wa = StructuredWord("mji", 1, "table", (("citi", 0.6),)), StructuredWord("wa", 1, "stop word", ())
    >>> write_gloss([city, wa, StructuredWord("nairobi", 1, "itself", (("nairobi", 1.0),))], {"citi": "city"})
    'city nairobi'
    """
    return " ".join(written for word in words for written in _write(word, forms))


def _write(word: StructuredWord, forms: Mapping[str, str]) -> list[str]:
    if word.how in (ITSELF, NUMBER):  # not the stem of a name
        return [word.word if is_latin(word.word) else romanise(word.word)]
    return [forms.get(term, term) for term, _ in word.terms[: 2 if word.how == COMPOUND else 1]]
