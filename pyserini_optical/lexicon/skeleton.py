"""Consonant skeletons: what different spellings of a name have in common."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

LONGEST = 20
"""Number of letters of a word that count."""

CLASSES = ("pbf", "kqg", "td", "szcjx", "l", "r", "mn")
"""Consonants that one script distinguishes and another does not.

Vowels and h, y, w, v are in none: languages add, drop and exchange them when they write a foreign name.
"""

_CLASS = np.zeros(27, np.uint64)
for _number, _consonants in enumerate(CLASSES, start=1):
    for _consonant in _consonants:
        _CLASS[ord(_consonant) - ord("a") + 1] = _number
_K, _S, _NONE = np.uint64(2), np.uint64(4), np.uint64(0)
_BITS = np.uint64(3)


def pack_letters(words: Sequence[str] | np.ndarray) -> np.ndarray:
    """Lay words out as rows of letters.

    Returns
    -------
    ndarray of uint8, shape (words, LONGEST)
        1 to 26 for a to z; 0 for other characters and as padding.
    """
    given = words if isinstance(words, np.ndarray) else [word.encode("ascii", "replace") for word in words]
    raw = np.array(given, f"S{LONGEST}")
    letters = raw.view(np.uint8).reshape(len(words), LONGEST) - np.uint8(ord("a") - 1)
    letters[letters > 26] = 0
    return letters


def reduce_terms(letters: np.ndarray) -> np.ndarray:
    """Reduce English words to numbers that are equal for words with the same skeleton.

    Parameters
    ----------
    letters : ndarray of uint8, shape (n, LONGEST)
        As :func:`pack_letters` gives them.

    Returns
    -------
    ndarray of uint64, shape (2, n)
        Consonant classes of three bits each, doubled consonants once, after two bits for whether the word starts with a
        consonant. The second row reads `ch`, a final `c`, and `g` before e, i, y or at the end as sibilants (Chad,
        Alice, Algeria), the first as k (Achilles, Marc, Gibson): spelling alone does not decide.
    """
    hard = _CLASS[letters]
    following = np.zeros_like(letters)
    following[:, :-1] = letters[:, 1:]
    front, last = _among(following, "eiy"), following == 0
    c, g, ch = _among(letters, "c"), _among(letters, "g"), _among(letters, "c") & _among(following, "h")
    soft = hard.copy()
    hard[c & ~front] = _K
    soft[c & ~front & ~(ch | last)] = _K
    soft_g = g & (front | last)
    soft[soft_g] = _S
    soft[_among(letters, "d") & _next(soft_g)] = _NONE
    return _pack(np.concatenate([hard, soft]), np.concatenate([letters, letters])).reshape(2, -1)


def reduce_romanised(letters: np.ndarray) -> np.ndarray:
    """Reduce romanised words as :func:`reduce_terms` does English ones; here each letter has one sound.

    Parameters
    ----------
    letters : ndarray of uint8, shape (n, LONGEST)

    Returns
    -------
    ndarray of uint64, shape (n,)
    """
    return _pack(_CLASS[letters], letters)


def _pack(classes: np.ndarray, letters: np.ndarray) -> np.ndarray:
    classes[_among(letters, "dt") & _next(_among(letters, "czsj") & (classes == _S))] = _NONE
    x = _among(letters, "x")
    x[:, 0] = False
    packed = np.where(classes[:, 0] > _NONE, np.uint64(2), np.uint64(1))
    previous = np.full(len(classes), _NONE)
    doubled = set(np.flatnonzero(x.any(axis=0)).tolist())
    for place in np.flatnonzero(classes.any(axis=0)).tolist():
        here = classes[:, place]
        sounds = [(here, here > _NONE)]
        if place in doubled:  # which is k and s
            sounds = [(np.full_like(here, _K), x[:, place]), *sounds]
        for consonant, given in sounds:
            added = given & (previous != consonant)
            packed = np.where(added, (packed << _BITS) | consonant, packed)
            previous = np.where(given, consonant, previous)
    return packed


def _among(letters: np.ndarray, wanted: str) -> np.ndarray:
    return _members(wanted)[letters]


@lru_cache
def _members(wanted: str) -> np.ndarray:
    return np.isin(np.arange(27), [ord(letter) - ord("a") + 1 for letter in wanted])


def _next(flags: np.ndarray) -> np.ndarray:
    """True where the next letter's flag is."""
    moved = np.zeros_like(flags)
    moved[:, :-1] = flags[:, 1:]
    return moved
