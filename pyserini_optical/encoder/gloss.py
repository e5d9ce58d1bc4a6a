"""What the teacher reads in a gloss, beside what the student reads in the query."""

from collections.abc import Sequence

import numpy as np

from pyserini_optical.encoder.text import TextEncoder, normalise

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


def add_glosses(vectors: np.ndarray, glosses: Sequence[str], teacher: TextEncoder) -> np.ndarray:
    """Add the teacher's vectors of glosses to a student's vectors of queries.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
    glosses : sequence of str
        An empty one leaves its vector alone.

    Returns
    -------
    ndarray of float32, shape (n, d)
        Weighted means, of length one where the teacher's vectors are.
    """
    weights = np.array([weigh_gloss(gloss) for gloss in glosses], np.float32)[:, None]
    read = np.zeros_like(vectors)
    given = [place for place, gloss in enumerate(glosses) if gloss]
    if given:
        read[given] = teacher.encode_batch([glosses[place] for place in given])
    mean: np.ndarray = (vectors + weights * read) / (1.0 + weights)
    return normalise(mean) if teacher.normalize else mean
