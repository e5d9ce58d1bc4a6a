"""Sentence pairs: readers of every kind of file, cleaning, loading with provenance, reports.

Names are imported on first use: queries need the normalisation of pairs, but not their readers.
"""

from pyserini_optical.lazy import import_lazily

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

__getattr__ = import_lazily(__name__, _HOMES)
