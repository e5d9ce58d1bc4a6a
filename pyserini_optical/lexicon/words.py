"""Foreign text to words: the one tokenisation that tables are learned with and queries are looked up with."""

import re
import unicodedata

from pyserini_optical.languages import ELISION
from pyserini_optical.lexicon.english import split_words

FOREIGN_ANALYZER = "unicode-words-nfc-lower"
"""The name a translation table records for the analysis of its foreign side."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_APOSTROPHES = re.compile("[\u2018\u2019\u201b\u02bc\u02bb\uff07]")


def foreign_words(text: str, language: str | None = None) -> list[str]:
    """Split text of any language into lower-case words.

    Parameters
    ----------
    text : str
    language : str, optional
        ISO 639-3 code; for French and Italian an elided article or pronoun (`l'eau`) becomes a word of its own.

    Returns
    -------
    list of str
        NFC, lower-case, without invisible characters, with one kind of apostrophe; in the order of the text.

    Examples
    --------
    >>> foreign_words("Ng’ombe WA Mary")
    ["ng'ombe", 'wa', 'mary']
    >>> foreign_words("L'eau qu'il boit", "fra")
    ['l', 'eau', 'qu', 'il', 'boit']
    """
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).lower()
    text = _APOSTROPHES.sub("'", text)
    if language in ELISION:
        text = ELISION[language].sub(lambda match: match[0][:-1] + " ", text)
    return split_words(text)


def stem_word(word: str, length: int) -> str:
    """Cut a word to the key under which a table holds its stem.

    Parameters
    ----------
    word : str
    length : int
        Letters to keep.

    Returns
    -------
    str
        The stem and an asterisk, which no word holds; a word of fewer letters is its own stem.

    References
    ----------
    McNamee and Mayfield, *Character N-Gram Tokenization for European Language Text Retrieval*, 2004, find the first
    five letters to serve as well as a stemmer.
    """
    return word[:length] + "*"
