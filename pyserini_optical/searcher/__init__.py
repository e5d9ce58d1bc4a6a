"""One object that opens indexes and answers questions, by words, by meaning, or both."""

from pyserini_optical.searcher.answer import Answer, Hit, Mark, Reading
from pyserini_optical.searcher.searcher import OpticalSearcher
from pyserini_optical.searcher.settings import Settings

__all__ = ["Answer", "Hit", "Mark", "OpticalSearcher", "Reading", "Settings"]
