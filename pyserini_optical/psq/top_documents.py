"""The best documents of a Lucene query, carried out of Java in one piece."""

import re
from binascii import a2b_base64
from typing import Any

import numpy as np

from pyserini_optical.runs import rank

_HIT = re.compile(r'"fields":\[([^,]+),\{"bytes":"([^"]*)","offset":(\d+),"length":(\d+)')


class TopDocuments:
    """Search a Lucene index for names and scores alone.

    Pyserini's search fetches the stored text of every hit, scores it a second time, and hands it out as an object whose
    name and score are calls into Java: 30 ms for a thousand hits that Lucene finds in 6. Sorted as Anserini sorts, by
    score and then by identifier, Lucene's own hits hold both, and Java writes the whole list as one string.

    Parameters
    ----------
    searcher : io.anserini.search.SimpleSearcher
        Its index and its similarities are used.
    """

    def __init__(self, searcher: Any) -> None:
        from pyserini.pyclass import autoclass

        fields = autoclass("org.apache.lucene.search.SortField")
        kinds = autoclass("org.apache.lucene.search.SortField$Type")
        self._sort = autoclass("org.apache.lucene.search.Sort")(fields.FIELD_SCORE, fields("id", kinds.STRING_VAL))
        self.reader = searcher.reader
        self._anserini = searcher
        self._lucene = autoclass("org.apache.lucene.search.IndexSearcher")(searcher.reader)
        self._json = autoclass("com.fasterxml.jackson.databind.ObjectMapper")()
        self._bm25: tuple[float, float] | None = None

    def set_bm25(self, k1: float, b: float) -> None:
        """Score by BM25 from now on, as Anserini does."""
        if self._bm25 != (k1, b):
            self._anserini.set_bm25(k1, b)
            self._lucene.setSimilarity(self._anserini.get_similarity())
            self._bm25 = (k1, b)

    def search(self, query: Any, k: int) -> dict[str, float]:
        """Search with one query.

        Parameters
        ----------
        k : int
            Number of hits.

        Returns
        -------
        dict of str to float
            Document id -> score, best first, as :class:`pyserini.search.lucene.LuceneSearcher` finds them, with the
            scores that a run file would hold.
        """
        hits = _HIT.findall(self._json.writeValueAsString(self._lucene.search(query, k, self._sort)))
        scores = adjust_ties(np.array([hit[0] for hit in hits], np.float32))
        found: dict[str, float] = {}
        for (_, name, offset, length), score in zip(hits, scores.tolist(), strict=True):
            docid = a2b_base64(name)[int(offset) :][: int(length)].decode()
            found.setdefault(docid, float(f"{score:.9g}"))
        return rank(found)


def adjust_ties(scores: np.ndarray) -> np.ndarray:
    """Part equal scores as Anserini does, so that every scorer of a run sees one order.

    Scores are rounded to four decimals; a document less than that below the one above it loses a millionth, the next
    such document two millionths, and so on.

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
    # The one above may itself have lost as many millionths as there are documents.
    close = np.flatnonzero(adjusted[:-1] - adjusted[1:] <= 1.1e-4 + 1e-6 * len(scores)) + 1
    ties, last = 0, 0
    for place in close.tolist():
        tied = adjusted[place - 1] - adjusted[place] <= least
        ties = (ties + 1 if place == last + 1 else 1) if tied else 0
        adjusted[place] -= step * np.float32(ties)
        last = place
    return adjusted
