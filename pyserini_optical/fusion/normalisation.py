"""Normalisations that make the scores of different searchers comparable, one query's list at a time."""

import math
from collections.abc import Callable

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.runs import Ranking


def normalise_min_max(scores: Ranking) -> dict[str, float]:
    """Scale the scores of a list onto [0, 1].

    Parameters
    ----------
    scores : mapping of str to float
        Document id -> score.

    Returns
    -------
    dict of str to float
        `(s - min) / (max - min)`; 1 throughout if all scores are equal, since every document was found.

    References
    ----------
    Lee, Analyses of Multiple Evidence Combination, SIGIR 1997.
    """
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    scale = 0.5 if math.isinf(high - low) else 1.0  # of two large scores the halves differ by a finite number
    low, span = low * scale, high * scale - low * scale
    return {document: (score * scale - low) / span for document, score in scores.items()}


def normalise_z_score(scores: Ranking) -> dict[str, float]:
    """Shift the scores of a list to mean 0 and scale them to standard deviation 1.

    Parameters
    ----------
    scores : mapping of str to float
        Document id -> score.

    Returns
    -------
    dict of str to float
        `(s - mean) / deviation` with the population standard deviation; 0 throughout if all scores are equal.

    References
    ----------
    Montague and Aslam, Relevance Score Normalization for Metasearch, CIKM 2001 (ZMUV).
    """
    values = np.fromiter(scores.values(), np.float64, len(scores))
    return dict(zip(scores, standardise(values).tolist(), strict=True))


def standardise(values: np.ndarray) -> np.ndarray:
    """Z-scores of numbers, shape (n,), as :func:`normalise_z_score` gives them."""
    if not len(values):
        return values
    # A power of two changes no digit, and keeps the squares of very large and very small scores in range.
    values = np.ldexp(values, -np.frexp(np.abs(values).max())[1])
    rest = values - math.fsum(values.tolist()) / len(values)
    deviation = math.sqrt(math.fsum((rest * rest).tolist()) / len(values))
    if deviation == 0.0 or values.min() == values.max():
        return np.zeros(len(values))
    return rest / deviation


def normalise_rank(scores: Ranking) -> dict[str, float]:
    """Replace the scores of a list by their ranks, from 1 for the first to 1/n for the last.

    Parameters
    ----------
    scores : mapping of str to float
        Document id -> score.

    Returns
    -------
    dict of str to float
        `1 - (rank - 1) / n`; documents with equal scores share the best of their ranks.

    References
    ----------
    Renda and Straccia, Web Metasearch: Rank vs. Score Based Rank Aggregation Methods, SAC 2003.
    """
    first_at: dict[float, int] = {}
    for position, score in enumerate(sorted(scores.values(), reverse=True)):
        first_at.setdefault(score, position)
    return {document: 1.0 - first_at[score] / len(scores) for document, score in scores.items()}


def keep_scores(scores: Ranking) -> dict[str, float]:
    """Leave the scores unchanged, for searchers with scores that are already comparable.

    Parameters
    ----------
    scores : mapping of str to float
        Document id -> score.

    Returns
    -------
    dict of str to float
        The same scores.
    """
    return dict(scores)


NORMALISATIONS: dict[str, Callable[[Ranking], dict[str, float]]] = {
    "min-max": normalise_min_max,
    "z-score": normalise_z_score,
    "rank": normalise_rank,
    "none": keep_scores,
}


def find_normalisation(name: str) -> Callable[[Ranking], dict[str, float]]:
    """Look up a normalisation by name.

    Parameters
    ----------
    name : {"min-max", "z-score", "rank", "none"}

    Returns
    -------
    callable
        Maps the scores of one query to normalised scores.

    Raises
    ------
    OpticalError
        There is no such normalisation.
    """
    if name not in NORMALISATIONS:
        raise OpticalError(f"normalisation {name!r} is not known; choose one of {', '.join(NORMALISATIONS)}")
    return NORMALISATIONS[name]
