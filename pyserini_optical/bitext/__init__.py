"""Sentence pairs: readers for TSV, Moses, TMX, JSON lines and data sets; cleaning; a report on what a file holds."""

from pyserini_optical.bitext.cleaning import Rules, clean
from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.pair import Pair
from pyserini_optical.bitext.read import Source, read_bitext, read_sources
from pyserini_optical.bitext.report import BitextReport, report_bitext

__all__ = ["BitextReport", "Faults", "Pair", "Rules", "Source", "clean", "read_bitext", "read_sources", "report_bitext"]
