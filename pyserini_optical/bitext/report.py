"""What a bitext file holds: pairs, words, sources, and what cleaning would drop."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pyserini_optical.bitext.cleaning import Rules, clean
from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.read import read_bitext


@dataclass(frozen=True)
class BitextReport:
    """The figures of one file.

    Attributes
    ----------
    pairs : int
        Pairs read.
    malformed : int
        Lines that hold no pair.
    kept : int
        Pairs that break no rule; the figures below are theirs.
    dropped : dict of str to int
        Pairs dropped by rule, every rule named.
    sources : dict of str to int
        Pairs by source, most first.
    english_words, foreign_words : int
        Words between spaces.
    english_types, foreign_types : int
        Different ones, lower-cased.
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


def report_bitext(
    path: str | Path, language: str, english: str | None = None, foreign: str | None = None, on_error: str = "skip"
) -> BitextReport:
    """Read a file through and count.

    Parameters
    ----------
    path, language, english, foreign
        As in :func:`pyserini_optical.bitext.read_bitext`.
    on_error : {"skip", "stop"}
        What to do with malformed lines.
    """
    faults, rules = Faults(on_error), Rules(language)
    sources: Counter[str] = Counter()
    words: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for pair in clean(read_bitext(path, language, english, foreign, faults), rules):
        sources[pair.source] += 1
        words[0].update(pair.english.lower().split())
        words[1].update(pair.foreign.lower().split())
    return BitextReport(
        pairs=rules.kept + rules.dropped.total(),
        malformed=faults.count,
        kept=rules.kept,
        dropped={name: rules.dropped[name] for name in rules.rules},
        sources=dict(sources.most_common()),
        english_words=words[0].total(),
        foreign_words=words[1].total(),
        english_types=len(words[0]),
        foreign_types=len(words[1]),
    )
