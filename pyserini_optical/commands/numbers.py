"""The ranges of the numbers that options take, for argparse's `type`: every number of every verb is one of these."""

import argparse
import math
from collections.abc import Callable


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or not text.strip().removeprefix("+").isascii() or "_" in text:
            raise argparse.ArgumentTypeError(f"{text}: give a whole number from {least}")
        return number

    return parse


def _real(least: float, most: float, range_in_words: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (least <= number <= most and math.isfinite(number)) or "_" in text:
            raise argparse.ArgumentTypeError(f"{text}: give a number {range_in_words}")
        return number

    return parse


count = _whole(1)
"""How many: hits, threads, a depth."""

natural = _whole(0)
"""How many, where none is lawful: a constant, a seed."""

share = _real(0.0, 1.0, "from 0 to 1")
"""A probability, a weight of one of two, BM25's b."""

amount = _real(0.0, math.inf, "from 0")
"""Anything that has no upper end, such as BM25's k1 or a weight."""

positive = _real(math.nextafter(0.0, 1.0), math.inf, "above 0")
"""An amount that must not be 0."""
