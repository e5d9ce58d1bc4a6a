"""Combine the teacher's vector of a gloss with the student's vector of the query."""

from collections.abc import Sequence

import numpy as np

from pyserini_optical.encoder.checkpoint import Pack
from pyserini_optical.encoder.text import normalise

BESIDE_TRAINED, BESIDE_UNTRAINED = 0.5, 1.0
"""Weight of the teacher's vector of a gloss, relative to 1 for the student's vector of the query."""


def weigh_gloss(pack: Pack | None) -> float:
    """Weigh the teacher's vector of a gloss against the student's vector of the query.

    A gloss has half the weight of a trained student's vector, and the same weight as an untrained one's. Chosen on
    French, Spanish, German, Italian, Nepali, Sinhala, Urdu and Khmer queries among 205,920 passages;
    `eval/experiments/names.md` reports the alternatives: weights by length, by names, by the table's coverage of the
    query and by the agreement of the two vectors.

    Parameters
    ----------
    pack : Pack or None
        Pack of the query's language; None if unknown, which counts as trained.

    Examples
    --------
    >>> [weigh_gloss(Pack(8000, {}, {"steps": steps})) for steps in (0, 1000)]
    [1.0, 0.5]
    """
    untrained = pack is not None and pack.notes.get("steps") == 0
    return BESIDE_UNTRAINED if untrained else BESIDE_TRAINED


def add_glosses(
    vectors: np.ndarray, glosses: Sequence[str], read: np.ndarray, weights: np.ndarray, unit: bool
) -> np.ndarray:
    """Add the teacher's vectors of glosses to a student's vectors of queries.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
    glosses : sequence of str
        One per query; an empty gloss leaves the vector unchanged.
    read : ndarray of float32, shape (non-empty glosses, d)
        The teacher's vectors of the non-empty glosses, in order.
    weights : ndarray of float32, shape (n,)
        Weights of the glosses, see :func:`weigh_gloss`.
    unit : bool
        Whether vectors are scaled to length one.

    Returns
    -------
    ndarray of float32, shape (n, d)
        Weighted means.
    """
    given = [place for place, gloss in enumerate(glosses) if gloss]
    shares = weights[given, None]
    mean = np.array(vectors)
    mean[given] = (mean[given] + shares * read) / (1.0 + shares)
    return normalise(mean) if unit else mean
