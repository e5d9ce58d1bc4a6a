"""What a run is, and the order of its documents."""

from collections.abc import Mapping

import numpy as np

from pyserini_optical.errors import OpticalError

Run = dict[str, dict[str, float]]
"""Query to document to score; the order of the inner dictionary is the ranking, best first."""


def rank(scores: Mapping[str, float], depth: int | None = None) -> dict[str, float]:
    """Order documents best first, where nothing but their scores is known.

    Parameters
    ----------
    scores : mapping of str to float
        Document to score, in any order.
    depth : int, optional
        How many to keep; by default all.

    Returns
    -------
    dict of str to float
        By score, descending; ties by document identifier, ascending.

    Raises
    ------
    OpticalError
        The depth is below 1.
    """
    check_depth(depth)
    documents, values = list(scores), np.fromiter(scores.values(), np.float64, len(scores))
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    if (ranked[1:] == ranked[:-1]).any():
        return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:depth])
    return {
        documents[place]: score for place, score in zip(order[:depth].tolist(), ranked[:depth].tolist(), strict=True)
    }


def cut(ranking: Mapping[str, float], depth: int | None = None) -> dict[str, float]:
    """Take the first documents of a ranking; those of one score stay in the order in which they were ranked.

    Parameters
    ----------
    ranking : mapping of str to float
        Document to score, best first.
    depth : int, optional
        How many to keep; by default all.

    Raises
    ------
    OpticalError
        The depth is below 1.
    """
    return dict(sorted(ranking.items(), key=lambda item: -item[1])[: check_depth(depth)])


def check_depth(depth: int | None) -> int | None:
    """Refuse a depth that would drop documents from the end, or all.

    Raises
    ------
    OpticalError
        It is below 1.
    """
    if depth is not None and depth < 1:
        raise OpticalError(f"a depth of {depth}: give a whole number from 1, or none for all documents")
    return depth
