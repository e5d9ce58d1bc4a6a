"""The top documents of a Lucene query, fetched from Java in one call."""

import re
from binascii import a2b_base64
from functools import lru_cache
from typing import Any

import numpy as np

from pyserini_optical.runs import rank, round_scores

CACHED_SEARCHERS, CACHED_NAMES = 64, 50_000

_HIT = re.compile(r'"score":([^,]+),"doc":(\d+),')
_NAMED = re.compile(r'"doc":(\d+),[^[]+\[[^,]+,\{"bytes":"([^"]*)","offset":(\d+),"length":(\d+)')


class TopDocuments:
    """Search a Lucene index for document ids and scores only.

    Pyserini's search fetches the stored text of every hit and wraps it in an object with one call into Java for its id
    and one for its score: 30 ms for a thousand hits that Lucene finds in 6. When Lucene sorts as Anserini does, by
    score and then by identifier, its own hits contain both, and Java can write the whole list as one string.

    Parameters
    ----------
    reader : org.apache.lucene.index.IndexReader
        As pyjnius wraps it.
    """

    def __init__(self, reader: Any) -> None:
        from pyserini.pyclass import autoclass

        fields = autoclass("org.apache.lucene.search.SortField")
        kinds = autoclass("org.apache.lucene.search.SortField$Type")
        self._sort = autoclass("org.apache.lucene.search.Sort")(fields.FIELD_SCORE, fields("id", kinds.STRING_VAL))
        self.reader = reader
        self._searcher = autoclass("org.apache.lucene.search.IndexSearcher")
        self._bm25 = autoclass("org.apache.lucene.search.similarities.BM25Similarity")
        self._json = autoclass("com.fasterxml.jackson.databind.ObjectMapper")()
        # A similarity belongs to a searcher, not to a query: one searcher per similarity keeps threads independent.
        self._open = lru_cache(CACHED_SEARCHERS)(self._open_searcher)
        self._names: dict[str, str] = {}

    def search(self, query: Any, k: int, k1: float = 0.9, b: float = 0.4) -> dict[str, float]:
        """Search with one query; safe to call from several threads.

        Parameters
        ----------
        k : int
            Number of hits.
        k1, b : float
            BM25 parameters; the defaults are Pyserini's.

        Returns
        -------
        dict of str to float
            Document id -> score, best first, as :class:`pyserini.search.lucene.LuceneSearcher` finds them, with the
            scores that it would write to a run file.
        """
        # Lucene sums a score in one order while searching and in another when it scores the hit again, as Anserini has
        # it do: one score in a thousand differs in its last bit, and now and then in its fourth decimal.
        scored_again = True
        written = self._json.writeValueAsString(self._open(k1, b).search(query, k, self._sort, scored_again))
        hits = _HIT.findall(written)
        names = self._read_names([number for _, number in hits], written)
        scores = round_scores(adjust_ties(np.array([score for score, _ in hits], np.float32)))
        return rank(dict(zip(reversed(names), reversed(scores), strict=True)))  # of equal names, the better hit

    def _open_searcher(self, k1: float, b: float) -> Any:
        searcher = self._searcher(self.reader)
        searcher.setSimilarity(self._bm25(k1, b))
        return searcher

    def _read_names(self, numbers: list[str], written: str) -> list[str]:
        """Document ids for Lucene's numbers; decoding them takes longer than remembering them."""
        names = self._names
        if not all(number in names for number in numbers):
            if len(names) > CACHED_NAMES:
                names = self._names = {}
            for number, name, offset, length in _NAMED.findall(written):
                names[number] = a2b_base64(name)[int(offset) :][: int(length)].decode()
        return [names[number] for number in numbers]


def adjust_ties(scores: np.ndarray) -> np.ndarray:
    """Separate equal scores as Anserini does, so that every evaluation tool sees the same order.

    Scores are rounded to four decimals. A document within 0.0001 of the one above it loses a millionth, the next such
    document two millionths, and so on.

    Parameters
    ----------
    scores : ndarray of float32, shape (documents,)
        Best first.

    Returns
    -------
    ndarray of float32, shape (documents,)

    Examples
    --------
    >>> adjust_ties(np.array([2.00001, 2.0, 2.0, 1.5], np.float32)).tolist()
    [2.0, 1.999999, 1.999998, 1.5]
    """
    adjusted = (np.floor(scores.astype(np.float64) * 1e4 + 0.5) / 1e4).astype(np.float32)
    step, least = np.float32(1e-6), np.float32(1e-4)
    # The one above may itself have lost up to as many millionths as there are documents.
    close = np.flatnonzero(adjusted[:-1] - adjusted[1:] <= 1.1e-4 + 1e-6 * len(scores)) + 1
    ties, last = 0, 0
    for place in close.tolist():
        tied = adjusted[place - 1] - adjusted[place] <= least
        ties = (ties + 1 if place == last + 1 else 1) if tied else 0
        adjusted[place] -= step * np.float32(ties)
        last = place
    return adjusted
