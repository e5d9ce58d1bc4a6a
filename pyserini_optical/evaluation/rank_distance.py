"""The loss from asking in another language: ranks of the relevant passage over parallel topics."""

from collections.abc import Mapping
from itertools import product

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.qrels import Qrels
from pyserini_optical.runs import Run

DEPTH = 100


def relevant_ranks(qrels: Qrels, run: Run, depth: int = DEPTH, level: int = 1) -> dict[str, int]:
    """Rank of the first relevant document of every judged query.

    Parameters
    ----------
    run : Run
        Best first.
    depth : int
        Number of ranks to look at.
    level : int
        Lowest grade that counts as relevant.

    Returns
    -------
    dict of str to int
        Query -> rank, from 1; `depth + 1` if there is nothing relevant down to `depth`.
    """
    ranks = {}
    for query, judged in qrels.items():
        ranking = list(run.get(query, {}))[:depth]
        found = (place for place, document in enumerate(ranking, 1) if judged.get(document, 0) >= level)
        ranks[query] = next(found, depth + 1)
    return ranks


def rank_distance(ranks: Mapping[str, Mapping[str, int]]) -> float:
    """Mean over queries of the largest minus the smallest rank over languages.

    Parameters
    ----------
    ranks : mapping
        Language -> query -> rank, see :func:`relevant_ranks`; the queries are parallel.

    Returns
    -------
    float
        In ranks; 0 if all languages find every relevant document at the same rank.

    Raises
    ------
    OpticalError
        There are fewer than two languages, or their queries differ.
    """
    table = _table(ranks)
    return float((table.max(axis=0) - table.min(axis=0)).mean())


def mean_rank_losses(ranks: Mapping[str, Mapping[str, int]]) -> np.ndarray:
    """How many ranks deeper, on average, one language finds the relevant document than another.

    Parameters
    ----------
    ranks : mapping
        Language -> query -> rank.

    Returns
    -------
    np.ndarray, shape (languages, languages)
        Mean rank asked in the language of the row minus that asked in the language of the column.

    Raises
    ------
    OpticalError
        There are fewer than two languages, or their queries differ.
    """
    means = _table(ranks).mean(axis=1)
    return means[:, None] - means[None, :]


def _table(ranks: Mapping[str, Mapping[str, int]]) -> np.ndarray:
    languages = list(ranks)
    if len(languages) < 2:
        raise OpticalError("a rank distance needs the runs of at least two languages")
    first = ranks[languages[0]]
    for language in languages[1:]:
        if ranks[language].keys() != first.keys():
            raise OpticalError(f"the queries of {languages[0]} and {language} differ; use parallel topics")
    cells = [ranks[language][query] for language, query in product(languages, first)]
    return np.array(cells, np.float64).reshape(len(languages), len(first))
