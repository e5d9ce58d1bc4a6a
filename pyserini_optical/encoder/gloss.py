"""What the teacher reads in a gloss, beside what the student reads in the query."""

from collections.abc import Sequence

import numpy as np

from pyserini_optical.encoder.text import normalise

SHORT, LONG = 10, 25
"""Words of a gloss up to which it weighs as much as the query, and from which it weighs half."""


def weigh_gloss(gloss: str) -> float:
    """Weigh the teacher's vector of a gloss, the student's vector of the query being 1.

    A student reads a sentence better than a question, whose names it has not seen; of a long gloss some word is wrong.

    Examples
    --------
    >>> [weigh_gloss(gloss) for gloss in ("", "capital kenya", " ".join(["word"] * 40))]
    [0.0, 1.0, 0.5]
    """
    words = len(gloss.split())
    return 0.0 if words == 0 else 1.0 - 0.5 * min(max((words - SHORT) / (LONG - SHORT), 0.0), 1.0)


def add_glosses(vectors: np.ndarray, glosses: Sequence[str], read: np.ndarray, unit: bool) -> np.ndarray:
    """Add the teacher's vectors of glosses to a student's vectors of queries.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
    glosses : sequence of str
        An empty one leaves its vector alone.
    read : ndarray of float32, shape (glosses that are not empty, d)
        The teacher's vectors of those, in their order.
    unit : bool
        Whether vectors are brought to length one.

    Returns
    -------
    ndarray of float32, shape (n, d)
        Weighted means.
    """
    weights = np.array([weigh_gloss(gloss) for gloss in glosses], np.float32)[:, None]
    added = np.zeros_like(vectors)
    added[[place for place, gloss in enumerate(glosses) if gloss]] = read
    mean: np.ndarray = (vectors + weights * added) / (1.0 + weights)
    return normalise(mean) if unit else mean
