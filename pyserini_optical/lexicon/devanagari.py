"""Devanagari in Latin letters, as newspapers write names: no diacritics, no vowel after a word's last consonant."""

import unicodedata

VIRAMA, NUKTA = "\u094d", "\u093c"
_CONSONANTS = "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ"
_SOUNDS = "k kh g gh n ch chh j jh n t th d dh n t th d dh n p ph b bh m y r l v sh sh s h l"
CONSONANTS = dict(zip(_CONSONANTS, _SOUNDS.split(), strict=True))
WITH_NUKTA = {"क": "q", "ख": "kh", "ग": "g", "ज": "z", "झ": "zh", "ड": "r", "ढ": "rh", "फ": "f"}
_VOWEL_SOUNDS = "a i i u u ri e ai o au o a"
VOWEL_SIGNS = dict(zip("ािीुूृेैोौॉॅ", _VOWEL_SOUNDS.split(), strict=True))
VOWELS = {"अ": "a", "ऍ": "a", **dict(zip("आइईउऊऋएऐओऔऑॲ", _VOWEL_SOUNDS.split(), strict=True))}
SIGNS = {"ं": "n", "ँ": "n", "ः": "h"}
LABIALS = frozenset("पफबभम")


def romanise_devanagari(word: str) -> str | None:
    """Write a Devanagari word in Latin letters.

    Returns
    -------
    str or None
        None if the word holds a letter of any other script.

    Examples
    --------
    >>> romanise_devanagari("ओबामा"), romanise_devanagari("मुंबई"), romanise_devanagari("दिल्ली")
    ('obama', 'mumbai', 'dilli')
    """
    letters = unicodedata.normalize("NFD", word)
    written = ""
    for position, letter in enumerate(letters):
        following = letters[position + 1 : position + 3]
        if letter in CONSONANTS:
            dotted = following[:1] == NUKTA
            written += WITH_NUKTA.get(letter, CONSONANTS[letter]) if dotted else CONSONANTS[letter]
            after = following[1:] if dotted else following[:1]
            if after and after not in VOWEL_SIGNS and after != VIRAMA:
                written += "a"
        elif letter in VOWELS or letter in VOWEL_SIGNS:
            written += VOWELS.get(letter) or VOWEL_SIGNS[letter]
        elif letter in SIGNS:
            written += "m" if letter != "ः" and following[:1] in LABIALS else SIGNS[letter]
        elif letter.isdigit():
            written += str(unicodedata.digit(letter))
        elif letter not in (VIRAMA, NUKTA, "\u200c", "\u200d"):
            return None
    return written or None
