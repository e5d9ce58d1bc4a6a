r"""Weights that adapt to the query: how much to trust words and meaning, judged by what both searchers found.

Short questions and headlines are best answered by both sides, long sentences by the dense one. In either case a side
with a first document well ahead of the next ones is more often right. Three features capture this:

* the *margin* of each list: by how many standard deviations of its scores the first document lies above the mean of the
next five (a query performance predictor, like the score deviations of NQC and WIG); * the logarithm of the query's
number of words over that of a typical question.

The share of the sparse side is a logistic function of the three plus a bias. `eval/experiments/fit_fusion.py` fits it;
the page beside it reports how it does on languages and query sets that it was not fitted on, and which other features
were tried.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.normalisation import standardise
from pyserini_optical.lexicon.words import foreign_words
from pyserini_optical.runs import Ranking, Run, cut

FOLLOWERS = 5
USUAL_LENGTH = 10.0
DEPTH = 300
"""Depth of both lists that the shipped weights are fitted for: z-scores depend on the depth."""


@dataclass(frozen=True)
class AdaptiveWeights:
    """A logistic model of the weight of the sparse side.

    Attributes
    ----------
    length : float
        Coefficient of the logarithm of the number of words, over ten.
    sparse_margin, dense_margin : float
        Coefficients of the margins of the two lists.
    bias : float
        Constant term; below 0 it favours the dense side.

    References
    ----------
    Shtok et al., Predicting Query Performance by Query-Drift Estimation, TOIS 2012 (NQC). Zhou and Croft, Query
    Performance Prediction in Web Search Environments, SIGIR 2007 (WIG).
    """

    length: float
    sparse_margin: float
    dense_margin: float
    bias: float = 0.0

    def weigh(self, sparse: Ranking, dense: Ranking, words: int) -> tuple[float, float]:
        """Compute the weights of the two sides for one query.

        Parameters
        ----------
        sparse, dense : mapping of str to float
            Document id -> score, down to the depth that is fused.
        words : int
            Number of words in the query.

        Returns
        -------
        sparse, dense : float
            Two weights for z-scores that sum to 1; a side that found nothing gets 0, unless both found nothing.
        """
        if not sparse or not dense:
            return (1.0, 0.0) if sparse else (0.0, 1.0)
        length, first, second = measure_features(sparse, dense, words)
        features = self.length * length + self.sparse_margin * first + self.dense_margin * second + self.bias
        share = 1.0 / (1.0 + math.exp(-features))
        return share, 1.0 - share


SHIPPED_WEIGHTS = AdaptiveWeights(length=-1.00, sparse_margin=0.09, dense_margin=-0.63, bias=-0.17)
"""Fitted on French, Spanish, German and Italian queries, with hubness reduction on the dense side."""


def measure_features(sparse: Ranking, dense: Ranking, words: int) -> tuple[float, float, float]:
    """Compute the features of a query.

    Parameters
    ----------
    sparse, dense : mapping of str to float
        Document id -> score; neither empty.

    Returns
    -------
    length, sparse_margin, dense_margin : float
        Logarithm of a tenth of the number of words; margins of the lists in standard deviations.
    """
    return math.log(max(words, 1) / USUAL_LENGTH), _margin(sparse), _margin(dense)


def weigh_queries(
    runs: Sequence[Run],
    topics: Mapping[str, str],
    depth: int | None = DEPTH,
    model: AdaptiveWeights = SHIPPED_WEIGHTS,
    language: str | None = None,
) -> dict[str, tuple[float, float]]:
    """Compute weights for a sparse and a dense run, query by query.

    Parameters
    ----------
    runs : sequence of Run
        The sparse run, then the dense one.
    topics : mapping of str to str
        Query id -> query.
    depth : int, optional
        Number of documents of each run to fuse; the shipped weights are fitted for `DEPTH`.
    language : str, optional
        ISO 639-3 code of the queries, used to count their words.

    Returns
    -------
    dict of str to (float, float)
        Query id -> weights of the sparse and the dense run, for :func:`pyserini_optical.fusion.fuse`.

    Raises
    ------
    OpticalError
        There are more or fewer than two runs.
    """
    if len(runs) != 2:
        raise OpticalError(f"adaptive weights need two runs, a sparse and a dense one; {len(runs)} were given")
    sparse, dense = runs
    return {
        query: model.weigh(
            cut(sparse.get(query, {}), depth), cut(dense.get(query, {}), depth), len(foreign_words(text, language))
        )
        for query, text in topics.items()
    }


def _margin(scores: Ranking) -> float:
    """By how much the first document leads the next ones; 0 if there are none."""
    values = standardise(np.fromiter(scores.values(), np.float64, len(scores)))
    first, *followers = np.sort(values)[::-1][: FOLLOWERS + 1].tolist()
    return first - sum(followers) / len(followers) if followers else 0.0
