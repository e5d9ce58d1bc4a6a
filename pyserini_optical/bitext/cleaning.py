"""Cleaning: one rule a line, the first that a pair breaks is counted against it."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

from pyserini_optical.bitext.pair import Pair

SCRIPTS = {
    "DEVANAGARI": "mar hin nep san mai bho kok",
    "ARABIC": "ara fas urd pus ckb uig",
    "CYRILLIC": "rus ukr bel bul mkd kaz kir mon tat",
    "ETHIOPIC": "amh tir",
    "BENGALI": "ben asm",
    "TAMIL": "tam",
    "TELUGU": "tel",
    "KANNADA": "kan",
    "MALAYALAM": "mal",
    "GUJARATI": "guj",
    "GURMUKHI": "pan",
    "SINHALA": "sin",
    "THAI": "tha",
    "LAO": "lao",
    "MYANMAR": "mya",
    "KHMER": "khm",
    "GREEK": "ell",
    "HEBREW": "heb yid",
    "GEORGIAN": "kat",
    "ARMENIAN": "hye",
    "HANGUL": "kor",
    "CJK": "zho",
    "LATIN": "swa som tgl hau fra spa deu ita por nld yor ibo zul xho sna kin lug orm ind msa vie tur pol ces eng",
}
"""First word of a letter's Unicode name, and languages written so; of a language not named the script is not judged."""


@dataclass
class Rules:
    """What a pair must keep to, and how many broke which rule.

    Attributes
    ----------
    language : str, optional
        ISO 639-3 code of the foreign side; decides its script.
    longest : int
        Characters a side may have.
    ratio : float
        How many times longer, with 20 characters of grace, one side may be than the other.
    identical_words : int
        Identical sides are kept up to this many words: names are the same in many languages.
    dropped : collections.Counter
        Pairs dropped by rule.
    kept : int
    """

    language: str | None = None
    longest: int = 2000
    ratio: float = 4.0
    identical_words: int = 3
    dropped: Counter[str] = field(default_factory=Counter)
    kept: int = 0

    def __post_init__(self) -> None:
        self._seen: set[bytes] = set()
        self._script = next((script for script, codes in SCRIPTS.items() if self.language in codes.split()), None)

    @property
    def rules(self) -> dict[str, Callable[[Pair], bool]]:
        """The rules by name, in the order they are asked; true: the pair breaks it."""
        return {
            "empty side": lambda pair: not pair.english or not pair.foreign,
            "too long": lambda pair: max(len(pair.english), len(pair.foreign)) > self.longest,
            "identical sides": self._is_copy,
            "length ratio": self._is_lopsided,
            "wrong script": lambda pair: self._is_other_script(pair.foreign) or script_of(pair.english) not in _LATIN,
            "duplicate": self._is_duplicate,
        }

    def _is_copy(self, pair: Pair) -> bool:
        return pair.english.lower() == pair.foreign.lower() and len(pair.english.split()) > self.identical_words

    def _is_lopsided(self, pair: Pair) -> bool:
        short, long = sorted((len(pair.english) + 20, len(pair.foreign) + 20))
        return long > self.ratio * short

    def _is_other_script(self, text: str) -> bool:
        return self._script is not None and script_of(text) not in (self._script, None)

    def _is_duplicate(self, pair: Pair) -> bool:
        digest = blake2b(f"{pair.english}\t{pair.foreign}".lower().encode(), digest_size=8).digest()
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False


_LATIN = ("LATIN", None)


@lru_cache(maxsize=4096)
def _letter_script(letter: str) -> str | None:
    # Vowel signs are marks; without them a Devanagari word would count as half of what it is.
    return unicodedata.name(letter, "").split(" ")[0] if unicodedata.category(letter)[0] in "LM" else None


def script_of(text: str) -> str | None:
    """Name the script that most letters of a text are in.

    Parameters
    ----------
    text : str

    Returns
    -------
    str or None
        The first word of the letters' Unicode names, such as `LATIN`; None for a text without letters.
    """
    if text.isascii():
        return "LATIN" if any(letter.isalpha() for letter in text) else None
    counts = Counter(script for script in map(_letter_script, text) if script)
    return counts.most_common(1)[0][0] if counts else None


def clean(pairs: Iterable[Pair], rules: Rules) -> Iterator[Pair]:
    """Pass on the pairs that break no rule; count the others by the first rule they break.

    Parameters
    ----------
    pairs : iterable of Pair
    rules : Rules
        Its counts are brought up to date while the pairs are drawn.

    Yields
    ------
    Pair

    Examples
    --------
    >>> rules = Rules("swa")
    >>> list(clean([Pair("water", "", "demo", 1)], rules)), dict(rules.dropped)
    ([], {'empty side': 1})
    """
    checks = rules.rules
    for pair in pairs:
        broken = next((name for name, breaks in checks.items() if breaks(pair)), None)
        if broken is None:
            rules.kept += 1
            yield pair
        else:
            rules.dropped[broken] += 1
