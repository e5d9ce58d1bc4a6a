"""Fusion by the weighted sum of normalised scores (CombSUM with weights)."""

import itertools
from collections.abc import Sequence

from pyserini_optical.fusion.normalisation import Scores, find_normalisation


def fuse_weighted_sum(
    lists: Sequence[Scores], weights: Sequence[float], normalisation: str = "z-score"
) -> dict[str, float]:
    r"""Add the normalised scores of one query's lists: :math:`s(d) = \sum_i w_i \, norm_i(s_i(d))`.

    A document that a list does not hold scored below everything the list holds, by how much nobody knows. It gets
    the list's **lowest normalised score** (as in `pyserini.search.hybrid`), or 0 where that is higher: with min-max
    and ranks, which end at 0, to be absent is then worth no more than to be last. A list without documents adds
    nothing to any.

    Parameters
    ----------
    lists : sequence of mappings of str to float
        One mapping document id -> score a searcher.
    weights : sequence of float
        One weight a list.
    normalisation : {"min-max", "z-score", "rank", "none"}
        See :mod:`pyserini_optical.fusion.normalisation`.

    Returns
    -------
    dict of str to float
        Document id -> fused score, in no particular order.

    References
    ----------
    Fox and Shaw, Combination of Multiple Searches, TREC-2, 1994 (CombSUM).
    """
    normalise = find_normalisation(normalisation)
    normalised = [normalise(scores) for scores in lists]
    floors = [min(0.0, min(scores.values())) if scores else 0.0 for scores in normalised]
    documents = dict.fromkeys(itertools.chain.from_iterable(normalised))
    columns = [
        [weight * scores.get(document, floor) for document in documents]
        for weight, scores, floor in zip(weights, normalised, floors, strict=True)
    ]
    return dict(zip(documents, map(sum, zip(*columns, strict=True)), strict=True))
