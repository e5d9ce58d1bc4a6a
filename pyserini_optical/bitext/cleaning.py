"""Cleaning of pairs; a dropped pair counts for the first rule that it breaks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from pyserini_optical.bitext.pair import Pair
from pyserini_optical.languages import Language, script_of

RULES = ("empty side", "too long", "identical sides", "length ratio", "wrong script", "duplicate")
"""In the order they are asked."""

SCRIPT_WORDS = 0.1
"""Share of a side's words that must be in its script: a sentence full of names in Latin letters is still Marathi."""


@dataclass
class Rules:
    """The rules for pairs, and how many pairs broke which.

    Attributes
    ----------
    language : str, optional
        ISO 639-3 code of the foreign side; decides its scripts.
    longest : int
        Most characters of a side.
    ratio : float
        How many times longer, with 20 characters of grace, one side may be than the other.
    identical_words : int
        Identical sides are kept up to this many words: names are the same in many languages.
    check_script : bool
        Require words in the language's script, and Latin ones on the English side.
    dropped : collections.Counter
        Pairs dropped by rule.
    """

    language: str | None = None
    longest: int = 2000
    ratio: float = 4.0
    identical_words: int = 3
    check_script: bool = True
    dropped: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._seen: set[bytes] = set()
        self._scripts = Language(self.language).scripts if self.language else frozenset()

    def broken_rule(self, pair: Pair) -> str | None:
        """Name the first rule of :data:`RULES` that a pair breaks; None if it breaks none."""
        asked = (
            self._is_empty,
            self._is_too_long,
            self._is_copy,
            self._is_lopsided,
            self._is_other_script,
            self._is_duplicate,
        )
        return next((name for name, breaks in zip(RULES, asked, strict=True) if breaks(pair)), None)

    def _is_empty(self, pair: Pair) -> bool:
        return not pair.english or not pair.foreign

    def _is_too_long(self, pair: Pair) -> bool:
        return max(len(pair.english), len(pair.foreign)) > self.longest

    def _is_copy(self, pair: Pair) -> bool:
        return pair.english.lower() == pair.foreign.lower() and len(pair.english.split()) > self.identical_words

    def _is_lopsided(self, pair: Pair) -> bool:
        short, long = sorted((len(pair.english) + 20, len(pair.foreign) + 20))
        return long > self.ratio * short

    def _is_other_script(self, pair: Pair) -> bool:
        return self.check_script and not (_is_in(pair.english, _LATIN) and _is_in(pair.foreign, self._scripts))

    def _is_duplicate(self, pair: Pair) -> bool:
        digest = blake2b(f"{pair.english}\t{pair.foreign}".lower().encode(), digest_size=8).digest()
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False


_LATIN = frozenset({"Latn"})


def _is_in(text: str, scripts: frozenset[str]) -> bool:
    """Whether text, if it has letters, has some of its words in one of the scripts; no scripts: any will do."""
    if not scripts or script_of(text) in (*scripts, None):
        return True
    words = text.split()
    return sum(script_of(word) in scripts for word in words) > SCRIPT_WORDS * len(words)


def clean(pairs: Iterable[Pair], rules: Rules) -> Iterator[Pair]:
    """Yield the pairs that break no rule; count the others by the first rule that they break.

    Parameters
    ----------
    rules : Rules
        Its counts are updated while the pairs are drawn.

    Examples
    --------
    >>> rules = Rules("swa")
    >>> list(clean([Pair("water", "", "demo", 1)], rules)), dict(rules.dropped)
    ([], {'empty side': 1})
    """
    for pair in pairs:
        broken = rules.broken_rule(pair)
        if broken is None:
            yield pair
        else:
            rules.dropped[broken] += 1
