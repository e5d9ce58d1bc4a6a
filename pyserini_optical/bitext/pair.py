"""One sentence in English and in another language."""

import html
import re
import unicodedata
from dataclasses import dataclass

_INVISIBLE = re.compile("[\u00ad\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]|\u200b(?=\\s|\u200b|$)|(?<!\\S)\u200b")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # the others are white space
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]\w*);")
_SPLIT_HYPHEN = re.compile(r" ?@([-/])@ ?")


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence pair and its origin.

    Attributes
    ----------
    english, foreign : str
        NFC, single spaces, without invisible characters.
    source : str
        Source given in the file (`tico19`), else the file's name.
    line : int
        Line of the file, from 1, or row of a data set.
    """

    english: str
    foreign: str
    source: str
    line: int


def tidy_text(text: str) -> str:
    """Convert text to NFC with single spaces, and drop invisible characters.

    Joiners (U+200C, U+200D) and the zero-width space (U+200B) stay: Indic and Arabic spelling uses the first, and the
    other ends a word where no space does. What XML, HTML or the Moses tokeniser escaped (`&apos;`, `&#124;`, `@-@`) is
    unescaped.

    Raises
    ------
    ValueError
        The text contains half of a surrogate pair, which UTF-8 cannot encode.
    """
    if "&" in text:
        text = _ESCAPE.sub(lambda match: html.unescape(match[0]), text)
    if "@" in text:
        text = _SPLIT_HYPHEN.sub(r"\1", text)
    half = _SURROGATE.search(text)
    if half:
        raise ValueError(f"half a surrogate pair (U+{ord(half[0]):04X})")
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    return " ".join(unicodedata.normalize("NFC", text).split())
