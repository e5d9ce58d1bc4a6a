"""Sentence pairs: readers of every kind of file, cleaning, loading with provenance, a report on what a file holds.

Names are imported when they are first used: queries are normalised as the pairs are, and need no reader of pairs.
"""

import importlib
from typing import Any

_HOMES = {
    "Rules": "cleaning",
    "clean": "cleaning",
    "Faults": "faults",
    "Bitext": "load",
    "language_of": "load",
    "load_bitext": "load",
    "Pair": "pair",
    "read_bitext": "readers",
    "BitextReport": "report",
    "report_bitext": "report",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
