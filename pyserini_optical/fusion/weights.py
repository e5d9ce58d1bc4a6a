r"""Weights that follow the query: how much to trust the words and how much the meaning, from what both searchers found.

Questions and headlines of few words are best answered by both sides; long sentences by the dense one. And whatever the
kind, the side whose first document leaves the next ones behind is more often right. Three features say so:

* the *margin* of each list: by how many standard deviations of its scores the first document lies above the mean of
  the five that follow it (a query performance predictor, as the score deviations of NQC and WIG are);
* the number of words of the query over that of a usual question, as a logarithm.

The share of the sparse side is a logistic function of the three and of a bias to one side, which decides where no
feature speaks. `eval/experiments/fit_fusion.py` fits it, and the page beside it says how it does on languages and query
sets that it was not fitted on, and what other features were tried.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.normalisation import Scores, standardise
from pyserini_optical.lexicon.words import foreign_words
from pyserini_optical.runs import Run, cut

FOLLOWERS = 5
USUAL_LENGTH = 10.0
DEPTH = 300
"""Documents of each side that the shipped weights are made for: z-scores depend on how far down a list goes."""


@dataclass(frozen=True)
class AdaptiveWeights:
    """A logistic model of the sparse side's share.

    Attributes
    ----------
    length : float
        Coefficient of the logarithm of the number of words, over ten.
    sparse_margin, dense_margin : float
        Coefficients of the margins of the two lists.
    bias : float
        What is added to the three; below 0 the dense side weighs more than the sparse one when nothing else speaks.

    References
    ----------
    Shtok et al., Predicting Query Performance by Query-Drift Estimation, TOIS 2012 (NQC). Zhou and Croft, Query
    Performance Prediction in Web Search Environments, SIGIR 2007 (WIG).
    """

    length: float
    sparse_margin: float
    dense_margin: float
    bias: float = 0.0

    def weigh(self, sparse: Scores, dense: Scores, words: int) -> tuple[float, float]:
        """Weigh the two sides for one query.

        Parameters
        ----------
        sparse, dense : mapping of str to float
            Document id -> score, of the depth that is fused.
        words : int
            Number of words of the query.

        Returns
        -------
        sparse, dense : float
            Two weights, together 1, for z-scores; a side that found nothing gets 0, unless both did.
        """
        if not sparse or not dense:
            return (1.0, 0.0) if sparse else (0.0, 1.0)
        length, first, second = measure_features(sparse, dense, words)
        features = self.length * length + self.sparse_margin * first + self.dense_margin * second + self.bias
        share = 1.0 / (1.0 + math.exp(-features))
        return share, 1.0 - share


SHIPPED_WEIGHTS = AdaptiveWeights(length=-1.00, sparse_margin=0.09, dense_margin=-0.63, bias=-0.17)
"""Fitted on French, Spanish, German and Italian queries, with hubness reduction on the dense side."""


def measure_features(sparse: Scores, dense: Scores, words: int) -> tuple[float, float, float]:
    """Compute the features of a query.

    Parameters
    ----------
    sparse, dense : mapping of str to float
        Document id -> score; neither empty.

    Returns
    -------
    length, sparse_margin, dense_margin : float
        Logarithm of a tenth of the number of words, and the margins of the lists in standard deviations.
    """
    return math.log(max(words, 1) / USUAL_LENGTH), _margin(sparse), _margin(dense)


def weigh_queries(
    runs: Sequence[Run],
    topics: Mapping[str, str],
    depth: int | None = DEPTH,
    model: AdaptiveWeights = SHIPPED_WEIGHTS,
    language: str | None = None,
) -> dict[str, tuple[float, float]]:
    """Weigh a sparse and a dense run, query by query.

    Parameters
    ----------
    runs : sequence of Run
        The sparse run, then the dense one.
    topics : mapping of str to str
        Query id -> query.
    depth : int, optional
        How many documents of each run are fused; the shipped weights are made for `DEPTH`.
    language : str, optional
        ISO 639-3 code of the queries, by which their words are counted.

    Returns
    -------
    dict of str to (float, float)
        Query id -> weight of the sparse and of the dense run, for :func:`pyserini_optical.fusion.fuse`.

    Raises
    ------
    OpticalError
        There are not two runs.
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


def _margin(scores: Scores) -> float:
    """Tell how far the first document leaves the next ones behind; 0 where there are none."""
    values = standardise(np.fromiter(scores.values(), np.float64, len(scores)))
    first, *followers = np.sort(values)[::-1][: FOLLOWERS + 1].tolist()
    return first - sum(followers) / len(followers) if followers else 0.0
