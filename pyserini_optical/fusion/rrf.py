"""Reciprocal rank fusion."""

from collections.abc import Sequence

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.normalisation import Scores
from pyserini_optical.runs import cut


def fuse_rrf(lists: Sequence[Scores], weights: Sequence[float], k: int = 60) -> dict[str, float]:
    r"""Add the reciprocal ranks of one query's lists: :math:`s(d) = \sum_i w_i / (k + rank_i(d))`.

    A document that a list does not hold gets nothing from it, as in the paper. Ranks count from 1; documents of one
    score keep the order of their list, as in `pyserini.fusion`.

    Parameters
    ----------
    lists : sequence of mappings of str to float
        One mapping document id -> score per searcher, best first.
    weights : sequence of float
        One weight a list; all 1 is the method of the paper.
    k : int
        What is added to every rank; the larger, the less the first ranks stand out.

    Returns
    -------
    dict of str to float
        Document id -> fused score, in no particular order.

    Raises
    ------
    OpticalError
        `k` is negative: the first ranks would count less than the last, or without limit.

    References
    ----------
    Cormack, Clarke and Buettcher, Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods,
    SIGIR 2009.
    """
    if k < 0:
        raise OpticalError(f"a constant k of {k} for rrf: give a whole number from 0")
    fused: dict[str, float] = {}
    for scores, weight in zip(lists, weights, strict=True):
        for position, document in enumerate(cut(scores), start=1):
            fused[document] = fused.get(document, 0.0) + weight / (k + position)
    return fused
