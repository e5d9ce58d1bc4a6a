"""TREC runs: read, check, rank, write.

A line of a run is `query Q0 document rank score tag`, separated by spaces or tabs. Identifiers stay strings
(`007` is not `7`), and what is written is read back by trec_eval in the same order.
"""

from pyserini_optical.runs.ranking import (
    Ranking,
    Run,
    ScoredDocument,
    check_depth,
    cut,
    rank,
    round_scores,
    search_run,
    to_scores,
)
from pyserini_optical.runs.reading import read_by_query, read_run
from pyserini_optical.runs.writing import check_run, write_run

__all__ = [
    "Ranking",
    "Run",
    "ScoredDocument",
    "check_depth",
    "check_run",
    "cut",
    "rank",
    "read_by_query",
    "read_run",
    "round_scores",
    "search_run",
    "to_scores",
    "write_run",
]
