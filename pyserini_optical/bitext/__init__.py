"""Sentence pairs: readers for TSV, Moses, TMX, JSON lines and data sets; cleaning; a report on what a file holds.

Names are imported when they are first used: queries are normalised as the pairs are, and need no reader of pairs.
"""

import importlib
from typing import Any

_HOMES = {
    "Rules": "cleaning",
    "clean": "cleaning",
    "Faults": "faults",
    "Pair": "pair",
    "Source": "read",
    "read_bitext": "read",
    "read_sources": "read",
    "BitextReport": "report",
    "report_bitext": "report",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
