"""BM25's length normalisation, adapted to the length of the query."""

SHORT, LONG = 10, 25
"""Query lengths, in words, up to which a query is short, and from which it is long."""

B_SHORT, B_LONG = 0.4, 1.0
STEPS = 10
"""Number of values of `b` per unit, so that queries of similar length can be searched together."""


def follow_length(words: int) -> float:
    r"""Choose BM25's `b` for a query.

    A long document matches some words of a long query by chance, and the more words the query has, the more often. So
    `b` rises linearly from Pyserini's default, for questions and headlines, to 1, for whole sentences.
    `eval/experiments/fit_fusion.md` reports the effect.

    Parameters
    ----------
    words : int
        Number of words in the query.

    Returns
    -------
    float
        Between 0.4 and 1, in steps of 0.1.

    References
    ----------
    Cummins and O'Riordan, The Effect of Query Length on Normalisation in Information Retrieval, AICS 2009.

    Examples
    --------
    >>> [follow_length(words) for words in (1, 10, 18, 40)]
    [0.4, 0.4, 0.7, 1.0]
    """
    share = min(max((words - SHORT) / (LONG - SHORT), 0.0), 1.0)
    return round((B_SHORT + (B_LONG - B_SHORT) * share) * STEPS) / STEPS
