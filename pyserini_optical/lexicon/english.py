"""English text to index terms, exactly as the default analyzer of Anserini and Pyserini does it.

Standard tokenizer (Unicode word breaks), possessive 's removal, lower-casing, stop-word removal and Porter stemming,
all in Python, so that building a translation table needs no Java.
"""

import re
from collections.abc import Iterator

import regex

from pyserini_optical.lexicon.porter import porter_stem

ENGLISH_ANALYZER = "lucene-english-porter"
"""The name a translation table records for the analysis of its English side."""

_STOP_LIST = """
a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to
was will with
"""
STOP_WORDS = frozenset(_STOP_LIST.split())
LONGEST_TOKEN = 255

_ASCII_WORD = re.compile(
    r"_*[A-Za-z0-9][A-Za-z0-9_]*(?:(?:(?<=[A-Za-z])['.:](?=[A-Za-z])|(?<=[0-9])['.,;](?=[0-9]))[A-Za-z0-9_]+)*"
)
_MARKS = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*"
_LETTER = r"[\p{WB=ALetter}\p{WB=Hebrew_Letter}]"
# This range was pictographic in the Unicode version that Lucene uses, and no longer is.
_PICTURE = rf"[\p{{Extended_Pictographic}}\u2607-\u2685]\p{{Emoji_Modifier}}?{_MARKS}"
_WORD = regex.compile(
    rf"""
    (?:\p{{WB=ExtendNumLet}}{_MARKS})*
    (?:[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}\p{{WB=Numeric}}\p{{WB=Katakana}}]{_MARKS})
    (?:[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}\p{{WB=Numeric}}\p{{WB=Katakana}}\p{{WB=ExtendNumLet}}]{_MARKS}
      |(?<={_LETTER}{_MARKS})[\p{{WB=MidLetter}}:\p{{WB=MidNumLet}}']{_MARKS}(?={_LETTER})
      |(?<=\p{{WB=Numeric}}{_MARKS})[\p{{WB=MidNum}}\p{{WB=MidNumLet}}']{_MARKS}(?=\p{{WB=Numeric}})
      |(?<=\p{{WB=Hebrew_Letter}}{_MARKS})(?:'|"{_MARKS}(?=\p{{WB=Hebrew_Letter}}))
    )*
    |[\p{{Han}}\p{{Hiragana}}]{_MARKS}
    |(?:\p{{Line_Break=SA}}{_MARKS})+
    |\p{{RI}}{_MARKS}\p{{RI}}{_MARKS}
    |{_PICTURE}(?:(?<=\N{{ZERO WIDTH JOINER}}){_PICTURE})*
    """,
    regex.VERBOSE,
)


def split_words(text: str) -> list[str]:
    """Split text at Unicode word boundaries, keeping the pieces with a letter or a digit.

    Returns
    -------
    list of str
        In the order of the text, unchanged.

    References
    ----------
    Unicode Standard Annex 29, *Unicode Text Segmentation*, section 4: what Lucene's StandardTokenizer implements.
    """
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def locate_words(text: str) -> Iterator[tuple[int, str]]:
    """Iterate over the words of :func:`split_words`, each with its start offset."""
    for match in (_ASCII_WORD if text.isascii() else _WORD).finditer(text):
        yield match.start(), match[0]


def english_terms(text: str, stop_mark: str | None = None) -> list[str]:
    """Analyse English text into the terms of a default Pyserini index.

    Parameters
    ----------
    stop_mark : str, optional
        Keep stop words, each prefixed with this mark; by default they are dropped.

    Returns
    -------
    list of str
        Stems in the order of the text.

    Examples
    --------
    >>> english_terms("The doctors' questions weren't answered in the U.S.")
    ['doctor', 'question', "weren't", 'answer', 'u.']
    """
    terms = []
    for token in split_words(text):
        for start in range(0, len(token), LONGEST_TOKEN):
            word = _lower(_drop_possessive(token[start : start + LONGEST_TOKEN]))
            if word not in STOP_WORDS:
                terms.append(porter_stem(word))
            elif stop_mark is not None:
                terms.append(stop_mark + word)
    return terms


def _drop_possessive(word: str) -> str:
    return word[:-2] if len(word) >= 2 and word[-1] in "sS" and word[-2] in "'’＇" else word


def _lower(word: str) -> str:
    # Java lower-cases code point by code point, regardless of context.
    return word.lower() if word.isascii() else "".join(letter.lower()[0] for letter in word)
