"""IBM Model 1 by expectation maximisation, over integer ids: words, index terms or subwords alike."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse
import scipy.special

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.cooccurrences import Cooccurrences, collect_cooccurrences

logger = logging.getLogger(__name__)

SMALLEST = np.finfo(np.float32).tiny


def learn_ibm1(
    source: Sequence[np.ndarray],
    target: Sequence[np.ndarray],
    source_size: int,
    target_size: int,
    iterations: int = 8,
    null: bool = True,
    threshold: float = 0.02,
    prior: float = 0.0,
) -> scipy.sparse.csr_matrix:
    """Learn t(target | source), the probability that a source type produces a target type.

    Parameters
    ----------
    source, target : sequence of numpy.ndarray, one 1-D integer array of type ids per sentence
        The two sides of the bitext, in the same order; a pair with an empty side is ignored.
    source_size, target_size : int
        Number of types; every id is below it.
    iterations : int
        EM iterations, starting from uniform probabilities.
    null : bool
        Give each source sentence a NULL word that may produce any target token.
    threshold : float
        Probabilities below this after the last iteration are left out.
    prior : float
        Concentration of a symmetric Dirichlet prior on a source type's distribution, by variational Bayes: a small
        value, such as 0.003, keeps rare types from translating to everything they co-occur with. 0: maximum likelihood.

    Returns
    -------
    scipy.sparse.csr_matrix, shape (source_size, target_size), float32
        One row per source type; each sums to at most 1.

    Raises
    ------
    OpticalError
        The sides differ in length, an id is out of range, or no pair has two non-empty sides.

    References
    ----------
    Brown et al., *The Mathematics of Statistical Machine Translation*, 1993, section 4.1. Riley and Gildea, *Improving
    the IBM Alignment Models Using Variational Bayes*, ACL 2012, section 3.

    Examples
    --------
    >>> english = [np.array([0, 1]), np.array([0, 2])]  # the house, the book
    >>> german = [np.array([0, 1]), np.array([0, 2])]  # das Haus, das Buch
    >>> table = learn_ibm1(german, english, 3, 3, iterations=20, null=False)
    >>> round(float(table[1, 1]), 1)
    1.0
    """
    cells = collect_cooccurrences(source, target, source_size, target_size, null=null)
    ((probabilities, _),) = deque(iterate_em(cells, iterations, prior), maxlen=1)
    if prior > 0:
        # Exponentials of expected logarithms sum to less than 1, and to much less for rare types.
        probabilities = normalise_counts(probabilities, cells.source, target_size)
    return to_table(cells, probabilities, threshold)


def iterate_em(cells: Cooccurrences, iterations: int, prior: float = 0.0) -> Iterator[tuple[np.ndarray, float]]:
    """Run EM from uniform probabilities.

    Parameters
    ----------
    prior : float
        As in :func:`learn_ibm1`.

    Yields
    ------
    probabilities : numpy.ndarray, shape (entries,), float32
        Probabilities after the iteration.
    log_likelihood : float
        Log-likelihood of the target side under the probabilities *before* the iteration, up to a constant; it never
        decreases when `prior` is 0.

    Raises
    ------
    OpticalError
        `iterations` is below 1.
    """
    probabilities = np.full(len(cells.source), 1 / cells.target_size, np.float32)
    if iterations < 1:
        raise OpticalError(f"{iterations} iterations of EM: give at least one")
    for number in range(1, iterations + 1):
        likelihoods = cells.sum_by_token(probabilities)
        counts = probabilities * cells.sum_by_entry(1 / np.maximum(likelihoods, SMALLEST))
        probabilities = normalise_counts(counts, cells.source, cells.target_size, prior)
        log_likelihood = float(np.log(np.maximum(likelihoods, SMALLEST), dtype=np.float64).sum())
        logger.info(
            "IBM Model 1, iteration %d of %d: log likelihood before it %.1f", number, iterations, log_likelihood
        )
        yield probabilities, log_likelihood


def normalise_counts(counts: np.ndarray, owner: np.ndarray, outcomes: int, prior: float = 0.0) -> np.ndarray:
    """Turn expected counts into one distribution per source type: the M-step.

    Parameters
    ----------
    counts : numpy.ndarray, shape (entries,), float32
    owner : numpy.ndarray, shape (entries,), int32
        The source type of each entry.
    outcomes : int
        Number of target types.
    prior : float
        As in :func:`learn_ibm1`.

    Returns
    -------
    numpy.ndarray, shape (entries,), float32
    """
    totals = np.bincount(owner, weights=counts)
    if prior > 0:
        log_totals = scipy.special.digamma(totals + prior * outcomes).astype(np.float32)
        return np.exp(scipy.special.digamma(counts + np.float32(prior)) - log_totals[owner])
    return counts / np.maximum(totals, SMALLEST).astype(np.float32)[owner]


def to_table(cells: Cooccurrences, probabilities: np.ndarray, threshold: float) -> scipy.sparse.csr_matrix:
    """Build a matrix of the entries at or above a threshold, leaving NULL out.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (entries,), float32

    Returns
    -------
    scipy.sparse.csr_matrix, shape (source_size, target_size), float32
    """
    kept = np.flatnonzero((probabilities >= threshold) & (probabilities > 0) & (cells.source < cells.source_size))
    coordinates = (cells.source[kept], cells.target[kept])
    return scipy.sparse.csr_matrix((probabilities[kept], coordinates), shape=(cells.source_size, cells.target_size))
