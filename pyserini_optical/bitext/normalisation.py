"""Text normalisation: one spelling for variants, and spaces between the words of scripts without them.

Tables, students and queries all go through the same function, so that spelling variants are read alike.
"""

import unicodedata

import regex

from pyserini_optical.bitext.zawgyi import read_zawgyi

LONGEST_RUN = 100
"""Letters; WordPiece takes a longer word for an unknown one, whatever it is."""

ZERO_WIDTH_SPACE = "\u200b"

_INVISIBLE = regex.compile(r"[\u00ad\u200c-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02bb\uff07", "'"))
_DIGIT = regex.compile(r"(?![0-9])\p{Nd}")
_LONG_RUN = regex.compile(rf"[\p{{L}}\p{{M}}\p{{N}}]{{{LONGEST_RUN}}}")

# Presentation forms, and letters of half and full width.
_COMPATIBLE = regex.compile(r"[\ufb50-\ufdff\ufe70-\ufefc\uff01-\uffee]+")

_POINTS = regex.compile(r"[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7]")
"""Tatweel, and the vowel points of Arabic and Hebrew, which most writers leave out."""

_LETTERS = str.maketrans(
    {
        # Arabic: alef with and without its signs; yeh, kaf and heh as Arabic, Persian and Urdu keyboards write them.
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("يى", "ی"),
        "ك": "ک",
        **dict.fromkeys("ةہۀۂۃ", "ه"),
        # Ethiopic: series that sound alike in Amharic, and its first order that sounds as the fourth.
        **dict(zip("ሃሐሑሒሓሔሕሖኀኁኂኃኄኅኆ", "ሀሀሁሂሀሄህሆሀሁሂሀሄህሆ", strict=True)),
        **dict(zip("ኣዐዑዒዓዔዕዖ", "አአኡኢአኤእኦ", strict=True)),
        **dict(zip("ሠሡሢሣሤሥሦፀፁፂፃፄፅፆ", "ሰሱሲሳሴስሶጸጹጺጻጼጽጾ", strict=True)),
    }
)
_SEQUENCES = {
    "\u0e4d\u0e32": "\u0e33",  # Thai and Lao: am, typed in two
    "\u0ecd\u0eb2": "\u0eb3",
    "\u17d2\u178a": "\u17d2\u178f",  # Khmer: da and ta below a letter look the same
}

_UNSPACED = r"\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Han}\p{Hiragana}\p{Katakana}\u30fc"
_RUN = regex.compile(rf"[{_UNSPACED}](?:[{_UNSPACED}\u200b]*[{_UNSPACED}])?")


def normalise_text(text: str) -> str:
    """Normalise the spelling of text and separate its words.

    Case is kept. Digits of any script become `0` to `9`; letters and marks that writers of a script interchange or omit
    become one letter or none; Burmese in Zawgyi becomes Unicode. Thai, Lao, Khmer, Burmese, Chinese and Japanese are
    split into words by ICU's dictionaries, which ignore a zero-width space (U+200B), since some writers put it between
    syllables. Elsewhere it ends a word.

    Returns
    -------
    str
        NFC; no run of letters is longer than :data:`LONGEST_RUN`.

    References
    ----------
    Unicode Standard Annex 29, *Unicode Text Segmentation*, section 4; Lucene's `ArabicNormalizer` and
    `PersianNormalizer` for the letters of Arabic.

    Examples
    --------
    >>> normalise_text("ฉันรักประเทศไทย ๒๕๖๗")
    'ฉัน รัก ประเทศไทย 2567'
    >>> normalise_text("مـدرسة") == normalise_text("مدرسه")
    True
    """
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).translate(_APOSTROPHES)
    if not text.isascii():
        text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), read_zawgyi(text))
        text = _DIGIT.sub(lambda match: str(unicodedata.digit(match[0])), _POINTS.sub("", text)).translate(_LETTERS)
        for written, meant in _SEQUENCES.items():
            text = text.replace(written, meant)
        text = " ".join(_RUN.sub(_part_words, text).replace(ZERO_WIDTH_SPACE, " ").split())
    return cut_long_runs(text)


def normalise_minimally(text: str) -> str:
    """Convert text to NFC, with one kind of apostrophe and without invisible characters."""
    text = _INVISIBLE.sub("", text.replace(ZERO_WIDTH_SPACE, ""))
    return unicodedata.normalize("NFC", text).translate(_APOSTROPHES)


def cut_long_runs(text: str) -> str:
    """Insert a space after every :data:`LONGEST_RUN` letters without one."""
    return _LONG_RUN.sub(r"\g<0> ", text)


def _part_words(match: "regex.Match[str]") -> str:
    from icu4py.breakers import WordBreaker

    return f" {' '.join(WordBreaker(match[0].replace(ZERO_WIDTH_SPACE, ''), 'und'))} "


FOREIGN_ANALYZER = "icu-words-folded"
"""The name a translation table or a student records for the analysis of its foreign side."""

ANALYZERS = {FOREIGN_ANALYZER: normalise_text, "unicode-words-nfc-lower": normalise_minimally}
"""By name, what text goes through before it is split; the second is what tables had before there was the first."""
