"""A report on a bitext file: pairs, words, sources, its sides, and what cleaning would drop."""

from dataclasses import dataclass
from pathlib import Path

from pyserini_optical.bitext.cleaning import RULES
from pyserini_optical.bitext.load import load_bitext
from pyserini_optical.bitext.sides import Sides


@dataclass(frozen=True)
class BitextReport:
    """The figures of one file.

    Attributes
    ----------
    pairs : int
        Pairs read.
    malformed : int
        Lines without a pair.
    kept : int
        Pairs that break no rule; the figures below refer to these.
    dropped : dict of str to int
        Pairs dropped, for each rule.
    sources : dict of str to int
        Pairs by source, the largest first.
    english_words, foreign_words : int
        Space-separated words.
    english_types, foreign_types : int
        Distinct words, lower-cased.
    sides : Sides
        Language and script of the sides, over all pairs read.
    """

    pairs: int
    malformed: int
    kept: int
    dropped: dict[str, int]
    sources: dict[str, int]
    english_words: int
    foreign_words: int
    english_types: int
    foreign_types: int
    sides: Sides


def report_bitext(
    path: str | Path,
    language: str,
    english: str | None = None,
    foreign: str | None = None,
    on_error: str = "skip",
    check_script: bool = True,
) -> BitextReport:
    """Read a whole file and count.

    Parameters
    ----------
    path, language, english, foreign, on_error, check_script
        See :func:`~pyserini_optical.bitext.load_bitext`.
    """
    bitext = load_bitext([path], language, english, foreign, on_error, check_script, strict=False)
    words = [
        [word for pair in bitext.pairs for word in getattr(pair, side).lower().split()]
        for side in ("english", "foreign")
    ]
    return BitextReport(
        pairs=len(bitext.pairs) + sum(bitext.dropped.values()),
        malformed=bitext.malformed,
        kept=len(bitext.pairs),
        dropped={name: bitext.dropped.get(name, 0) for name in RULES},
        sources=bitext.sources,
        english_words=len(words[0]),
        foreign_words=len(words[1]),
        english_types=len(set(words[0])),
        foreign_types=len(set(words[1])),
        sides=bitext.sides,
    )
