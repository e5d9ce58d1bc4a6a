"""Significance of the difference between two systems.

References
----------
Smucker, Allan, Carterette (2007), A comparison of statistical significance tests for information retrieval evaluation.
Sakai (2014), Statistical reform in information retrieval? (effect sizes and intervals beside p values)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pyserini_optical.errors import OpticalError

RESAMPLES = 10_000
_BLOCK = 1_000


@dataclass(frozen=True)
class Comparison:
    """Comparison of a system with a baseline on one measure.

    Attributes
    ----------
    queries : int
        Number of queries that both were scored on.
    difference : float
        Mean score of the system minus that of the baseline.
    low, high : float
        95 % interval of the difference, by bootstrap over queries.
    t_test, randomisation : float
        Two-sided p values.
    effect : float
        Mean of the differences over their standard deviation (Cohen's d of paired samples).
    wins, ties, losses : int
        Queries on which the system scores more, the same, less.
    """

    queries: int
    difference: float
    low: float
    high: float
    t_test: float
    randomisation: float
    effect: float
    wins: int
    ties: int
    losses: int


def compare(system: Mapping[str, float], baseline: Mapping[str, float], seed: int = 0) -> Comparison:
    """Compare two systems query by query.

    Parameters
    ----------
    system, baseline : mapping of str to float
        Query -> score; the same queries in both.
    seed : int
        Number of samples of the bootstrap and the randomisation test.

    Raises
    ------
    OpticalError
        The queries differ, or there are fewer than two.
    """
    if system.keys() != baseline.keys():
        raise OpticalError("the two systems were scored on different queries; score both with the same qrels")
    if len(system) < 2:
        raise OpticalError("a difference cannot be tested on one query; give at least two")
    differences = np.array([system[query] - baseline[query] for query in baseline])
    low, high = bootstrap_interval(differences, seed=seed)
    return Comparison(
        queries=len(differences),
        difference=float(differences.mean()),
        low=low,
        high=high,
        t_test=paired_t_test(differences),
        randomisation=randomisation_test(differences, seed=seed),
        effect=effect_size(differences),
        wins=int((differences > 0).sum()),
        ties=int((differences == 0).sum()),
        losses=int((differences < 0).sum()),
    )


def paired_t_test(differences: np.ndarray) -> float:
    """Two-sided p value of Student's t test for paired samples.

    Parameters
    ----------
    differences : np.ndarray, shape (queries,)

    Returns
    -------
    float
        1 if all differences are 0; 0 if all are the same other number.
    """
    from scipy import stats

    if np.ptp(differences) == 0:
        return 1.0 if differences[0] == 0 else 0.0
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def randomisation_test(differences: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> float:
    """Two-sided p value of Fisher's randomisation test, which swaps the two systems' scores at random.

    Parameters
    ----------
    differences : np.ndarray, shape (queries,)
    resamples : int
        Number of random assignments; if there are no more than that, all are enumerated and the value is exact.

    Returns
    -------
    float
        Share of assignments with a difference of means at least as large; the observed one counts.
    """
    told = differences[differences != 0]  # swapping equal scores changes nothing
    observed = abs(told.sum()) * (1 - 1e-12)
    if 2 ** len(told) <= resamples:
        ways = (np.arange(2 ** len(told))[:, None] >> np.arange(len(told))) & 1
        return float((np.abs((1 - 2 * ways) @ told) >= observed).mean())
    draw = np.random.default_rng(seed)
    beyond = 0
    for start in range(0, resamples, _BLOCK):
        signs = 1 - 2 * draw.integers(0, 2, size=(min(_BLOCK, resamples - start), len(told)), dtype=np.int8)
        beyond += int((np.abs(signs @ told) >= observed).sum())
    return (beyond + 1) / (resamples + 1)


def bootstrap_interval(
    differences: np.ndarray, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """Interval of the mean difference, by the bootstrap with bias correction and acceleration (Efron, 1987).

    Parameters
    ----------
    differences : np.ndarray, shape (queries,)
    level : float
        Coverage, between 0 and 1.
    resamples : int
        Resamples.

    Returns
    -------
    low, high : float
    """
    from scipy import stats

    if np.ptp(differences) == 0:
        return float(differences[0]), float(differences[0])
    draw = np.random.default_rng(seed)
    found = stats.bootstrap(
        (differences,), np.mean, confidence_level=level, n_resamples=resamples, batch=_BLOCK, vectorized=True, rng=draw
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def effect_size(differences: np.ndarray) -> float:
    """Cohen's d of paired samples.

    Parameters
    ----------
    differences : np.ndarray, shape (queries,)

    Returns
    -------
    float
        Mean over standard deviation (n - 1); infinite if the differences are all the same other number than 0.
    """
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    if np.ptp(differences) == 0:
        return 0.0 if mean == 0 else math.copysign(math.inf, mean)
    return mean / spread


def correct_holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values for multiple testing (Holm, 1979).

    Returns
    -------
    list of float
        Adjusted p values in the same order, to be compared directly with the significance level.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = largest
    return adjusted
