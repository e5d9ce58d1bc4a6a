"""Probabilistic structured queries: BM25 on an ordinary Lucene index that takes foreign queries."""

from pyserini_optical.psq.searcher import StructuredQuerySearcher
from pyserini_optical.psq.structured import Pruning, StructuredWord, structure_query

__all__ = ["Pruning", "StructuredQuerySearcher", "StructuredWord", "structure_query"]
