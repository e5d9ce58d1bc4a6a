"""The Porter stemmer as implemented by Lucene's PorterStemFilter, so that stems match index terms.

Lucene follows Porter's own later C program: `bli` becomes `ble` (the paper: `abli`, `able`), `logi` becomes `log`, and
words of one or two letters stay. Letters outside a-z count as consonants.
"""

from functools import lru_cache
from itertools import pairwise

STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble", "logi": "log",
}  # fmt: skip
STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "sion", "tion", "ou", "ism", "ate",
    "iti", "ous", "ive", "ize",
)  # fmt: skip


@lru_cache(maxsize=200_000)
def porter_stem(word: str) -> str:
    """Stem a lower-case word.

    References
    ----------
    Porter, *An algorithm for suffix stripping*, Program 14(3), 1980, and the C program at the author's site.
    """
    if len(word) < 3:
        return word
    word = _drop_plural(word)
    word = _drop_past(word)
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replace_suffix(word, STEP_2)
    word = _replace_suffix(word, STEP_3)
    word = _drop_suffix(word)
    return _tidy_end(word)


def _is_consonant(word: str, position: int) -> bool:
    letter = word[position]
    if letter == "y":
        return position == 0 or not _is_consonant(word, position - 1)
    return letter not in "aeiou"


def _measure(stem: str) -> int:
    """Count the vowel-consonant sequences of the paper, its *m*."""
    shape = [_is_consonant(stem, position) for position in range(len(stem))]
    return sum(after and not before for before, after in pairwise(shape))


def _has_vowel(stem: str) -> bool:
    return not all(_is_consonant(stem, position) for position in range(len(stem)))


def _ends_double(word: str) -> bool:
    return len(word) > 1 and word[-1] == word[-2] and _is_consonant(word, len(word) - 1)


def _ends_short(word: str) -> bool:
    """Whether a stem ends consonant, vowel, consonant, the last not w, x or y (the paper's condition `o`)."""
    last = len(word) - 1
    return (
        last >= 2
        and _is_consonant(word, last)
        and not _is_consonant(word, last - 1)
        and _is_consonant(word, last - 2)
        and word[last] not in "wxy"
    )


def _drop_plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _drop_past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            if not _has_vowel(stem):
                return word
            if stem.endswith(("at", "bl", "iz")) or (_measure(stem) == 1 and _ends_short(stem)):
                return stem + "e"
            return stem[:-1] if _ends_double(stem) and stem[-1] not in "lsz" else stem
    return word


def _replace_suffix(word: str, replacements: dict[str, str]) -> str:
    suffix = max((suffix for suffix in replacements if word.endswith(suffix)), key=len, default=None)
    if suffix is None or _measure(word[: -len(suffix)]) == 0:
        return word
    return word[: -len(suffix)] + replacements[suffix]


def _drop_suffix(word: str) -> str:
    suffix = max((suffix for suffix in STEP_4 if word.endswith(suffix)), key=len, default=None)
    if suffix is None:
        return word
    stem = word[: -len(suffix)] + ("s" if suffix == "sion" else "t" if suffix == "tion" else "")
    return stem if _measure(stem) > 1 else word


def _tidy_end(word: str) -> str:
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _ends_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
