"""Romanisation of words in any script, close to how English spells names."""

import unicodedata
from functools import lru_cache

import regex

CACHED_WORDS = 50_000

SPELLINGS = {
    "Arabic": "ا a  أ a  إ i  ٱ a  ع a  ة a",
    "Hebrew": "א a  ע a  ב b  ו w  כ k  ך k  ג׳ j  צ z  ץ z  צ׳ ch  ז׳ zh  ג' j  צ' ch  ז' zh",
    "Greek": "ου u  ού u  μπ b  ντ d  γκ g  γγ ng  τζ j  αυ av  ευ ev  β b  χ h  υ i  ύ i",
    "Armenian": "ու u",
    "Thai": "จ j  เา ao",
    "Lao": "ຊ s  ຍ y  ຈ j  ວ w  ອ o",
    "Khmer": "ហ្គ g  ហ្វ f  ហ្ស s  ហ្ន n  ហ្ម m  ហ្ល l  ញ ny  អ a  ង់ n  ់ -  ី i  ិ i  ូ u  ុ u",
    "Burmese": "စ s  ဆ s  ဇ z  ဂျ j  ချ ch  ရှ sh  ိုင် ai  ို o  ော o  အ a",
    "Tamil": "ஃப f  ஃ -  ற்ற tt",
    "Malayalam": "റ്റ tt",
}
"""Letters by pronunciation where `anyascii` differs; `-` stands for nothing."""

_LATIN: dict[str, str] = {}
for _row in map(str.split, SPELLINGS.values()):
    _LATIN |= {letters: latin.strip("-") for letters, latin in zip(_row[::2], _row[1::2], strict=True)}
_LETTERS = regex.compile("|".join(sorted(_LATIN, key=len, reverse=True)))
_VOWEL_BEFORE = regex.compile(r"(\p{Logical_Order_Exception})(\p{L})")
_CARRIER = regex.compile("[อອអအ](?=[៉៊]?[ะ-ฺเ-ๅ็ະ-ຽເ-ໄໍា-ៅါ-ဲ])")
_LAST_HE = regex.compile("ה$")
_NASAL = regex.compile(r"[ंংਂੰંଂంಂംං](?=\p{L})")


@lru_cache(CACHED_WORDS)
def romanise(word: str) -> str:
    """Write a word of any script in digits and the letters a to z.

    Returns
    -------
    str
        Lower-case, without the short vowels that some scripts omit; empty for a word without letters or digits.

    References
    ----------
    Except for :data:`SPELLINGS`, letters are mapped as in `anyascii`, https://github.com/anyascii/anyascii;
    `eval/experiments/names.md` compares the two script by script.

    Examples
    --------
    >>> [romanise(word) for word in ("दिल्ली", "کراچی", "Кострома", "Zürich", "ซาเกร็บ", "२०२४")]
    ['dilli', 'krachy', 'kostroma', 'zurich', 'sakerb', '2024']
    """
    from anyascii import anyascii

    spoken = unicodedata.normalize("NFC", word).lower()
    # Thai and Lao write some vowels before the consonant that they follow.
    spoken = _VOWEL_BEFORE.sub(r"\2\1", spoken)
    # A letter that only carries a vowel is silent; a final he in Hebrew is an a.
    spoken = _LAST_HE.sub("a", _CARRIER.sub("", spoken))
    spoken = _NASAL.sub(lambda sign: "m" if anyascii(spoken[sign.end()])[:1] in "pbm" else "n", spoken)
    spoken = _LETTERS.sub(lambda found: _LATIN[found[0]], spoken)
    return "".join(letter for letter in anyascii(spoken).lower() if letter.isalnum())
