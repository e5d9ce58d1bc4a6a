"""What a run is, and the order of its documents."""

from collections.abc import Mapping

Run = dict[str, dict[str, float]]
"""Query to document to score; the order of the inner dictionary is the ranking, best first."""


def rank(scores: Mapping[str, float], depth: int | None = None) -> dict[str, float]:
    """Order documents best first.

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
    """
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:depth])
