"""Probabilistic structured queries: BM25 with foreign queries on an ordinary Lucene index."""

from pyserini_optical.psq.searcher import StructuredQuerySearcher
from pyserini_optical.psq.structured import Pruning, StructuredWord

__all__ = ["Pruning", "StructuredQuerySearcher", "StructuredWord"]
