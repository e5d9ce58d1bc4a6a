"""Foreign text to words: the one tokenisation used to learn tables and to look queries up."""

from pyserini_optical.bitext.normalisation import ANALYZERS, FOREIGN_ANALYZER
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ELISION
from pyserini_optical.lexicon.english import split_words


def foreign_words(text: str, language: str | None = None, analyzer: str = FOREIGN_ANALYZER) -> list[str]:
    """Split text of any language into lower-case words.

    Parameters
    ----------
    language : str, optional
        ISO 639-3 code; for French and Italian an elided article or pronoun (`l'eau`) becomes a separate word.
    analyzer : str
        Analyzer of the table in which the words are looked up.

    Returns
    -------
    list of str
        In the order of the text, normalised by :mod:`pyserini_optical.bitext.normalisation`.

    Raises
    ------
    OpticalError
        The analyzer is unknown.

    Examples
    --------
    >>> foreign_words("Ng’ombe WA Mary")
    ["ng'ombe", 'wa', 'mary']
    >>> foreign_words("L'eau qu'il boit", "fra")
    ['l', 'eau', 'qu', 'il', 'boit']
    >>> foreign_words("ฉันรักประเทศไทย")
    ['ฉัน', 'รัก', 'ประเทศไทย']
    """
    if analyzer not in ANALYZERS:
        raise OpticalError(f"analyzer {analyzer!r} is unknown; learn the table again with this version")
    text = ANALYZERS[analyzer](text).lower()
    if language in ELISION:
        text = ELISION[language].sub(lambda match: match[0][:-1] + " ", text)
    return split_words(text)


def stem_word(word: str, length: int) -> str:
    """Cut a word to the key under which a table holds its stem.

    Parameters
    ----------
    length : int
        Letters to keep.

    Returns
    -------
    str
        The stem and an asterisk, which no word contains; a shorter word is its own stem.

    References
    ----------
    McNamee and Mayfield, *Character N-Gram Tokenization for European Language Text Retrieval*, 2004, find the first
    five letters to serve as well as a stemmer.
    """
    return word[:length] + "*"
