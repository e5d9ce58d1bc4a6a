"""Cleaning: one rule a line, the first that a pair breaks is counted against it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from pyserini_optical.bitext.pair import Pair
from pyserini_optical.languages import Language, script_of


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
    """

    language: str | None = None
    longest: int = 2000
    ratio: float = 4.0
    identical_words: int = 3
    dropped: Counter[str] = field(default_factory=Counter)
    kept: int = 0

    def __post_init__(self) -> None:
        self._seen: set[bytes] = set()
        self._scripts = Language(self.language).scripts if self.language else frozenset()

    @property
    def rules(self) -> dict[str, Callable[[Pair], bool]]:
        """The rules by name, in the order they are asked; true: the pair breaks it."""
        return {
            "empty side": lambda pair: not pair.english or not pair.foreign,
            "too long": lambda pair: max(len(pair.english), len(pair.foreign)) > self.longest,
            "identical sides": self._is_copy,
            "length ratio": self._is_lopsided,
            "wrong script": self._is_other_script,
            "duplicate": self._is_duplicate,
        }

    def _is_copy(self, pair: Pair) -> bool:
        return pair.english.lower() == pair.foreign.lower() and len(pair.english.split()) > self.identical_words

    def _is_lopsided(self, pair: Pair) -> bool:
        short, long = sorted((len(pair.english) + 20, len(pair.foreign) + 20))
        return long > self.ratio * short

    def _is_other_script(self, pair: Pair) -> bool:
        if script_of(pair.english) not in ("Latn", None):
            return True
        return bool(self._scripts) and script_of(pair.foreign) not in (*self._scripts, None)

    def _is_duplicate(self, pair: Pair) -> bool:
        digest = blake2b(f"{pair.english}\t{pair.foreign}".lower().encode(), digest_size=8).digest()
        if digest in self._seen:
            return True
        self._seen.add(digest)
        return False


def clean(pairs: Iterable[Pair], rules: Rules) -> Iterator[Pair]:
    """Pass on the pairs that break no rule; count the others by the first rule they break.

    Parameters
    ----------
    rules : Rules
        Its counts are brought up to date while the pairs are drawn.

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
