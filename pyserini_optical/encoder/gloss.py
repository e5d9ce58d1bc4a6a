"""What the teacher reads in a gloss, beside what the student reads in the query."""

from collections.abc import Sequence

import numpy as np

from pyserini_optical.encoder.checkpoint import Pack
from pyserini_optical.encoder.text import normalise

BESIDE_TRAINED, BESIDE_UNTRAINED = 0.5, 1.0
"""What the teacher's vector of a gloss weighs, the student's of the query being 1."""


def weigh_gloss(pack: Pack | None) -> float:
    """Weigh the teacher's vector of a gloss against the student's vector of the query.

    A gloss weighs half beside a student that was trained, and as much as one that was not. Chosen on French, Spanish,
    German, Italian, Nepali, Sinhala, Urdu and Khmer queries among 205,920 passages; `eval/experiments/names.md` says
    what length, names, the table's knowledge of a query and the agreement of the two vectors gave in its place.

    Parameters
    ----------
    pack : Pack or None
        The query's language; None where nothing is known of it, which counts as trained.

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
        An empty one leaves its vector alone.
    read : ndarray of float32, shape (glosses that are not empty, d)
        The teacher's vectors of those, in their order.
    weights : ndarray of float32, shape (n,)
        Of the glosses, see :func:`weigh_gloss`.
    unit : bool
        Whether vectors are brought to length one.

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
