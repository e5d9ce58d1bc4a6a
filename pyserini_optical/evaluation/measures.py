"""Scores by trec_eval's own code, through pytrec_eval."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyserini_optical.errors import OpticalError
from pyserini_optical.qrels import Qrels
from pyserini_optical.runs import Run, check_run

QUERIES_AT_ONCE = 100
DEFAULT_MEASURES = ("ndcg_cut_10", "recip_rank_cut_10", "recall_100")

_RECIPROCAL = re.compile(r"(?:mrr@|recip_rank_cut[_.])([1-9][0-9]*)", re.IGNORECASE)
_CUT = re.compile(r"(\w+?)[_.@]([1-9][0-9]*)")
_WITH_DEPTH = {"P", "recall", "ndcg_cut", "map_cut", "success", "relative_P"}
_PLAIN = {"map", "recip_rank", "ndcg", "bpref", "Rprec", "infAP", "11pt_avg", "set_P", "set_recall", "set_F", "set_map"}
_SPELLINGS = {"mrr": "recip_rank", "ndcg@": "ndcg_cut", "r@": "recall", "p@": "P", "recall@": "recall"}


@dataclass(frozen=True)
class Scores:
    """What one run scores.

    Attributes
    ----------
    means : dict of str to float
        Measure to its mean over every judged query.
    per_query : dict of str to dict of str to float
        Measure to query to score; every judged query is there.
    missing : tuple of str
        Judged queries of which the run holds nothing; they count 0.
    """

    means: dict[str, float]
    per_query: dict[str, dict[str, float]]
    missing: tuple[str, ...]


def evaluate(
    qrels: Qrels,
    run: Run | Iterator[tuple[str, dict[str, float]]],
    measures: Sequence[str] = DEFAULT_MEASURES,
    level: int = 1,
) -> Scores:
    """Score a run as trec_eval does, with every judged query in the mean (`trec_eval -c`).

    Documents are ordered by score in single precision, ties by identifier, descending: trec_eval's order, whatever the
    ranks say. A query that is not in `qrels` is left out.

    Parameters
    ----------
    qrels : Qrels
        Query to document to grade.
    run : Run, or iterator of (str, dict of str to float)
        Query to document to score; an iterator, as of :func:`pyserini_optical.runs.read_by_query`, is scored as it
        comes.
    measures : sequence of str
        trec_eval's names (`ndcg_cut_10`, `ndcg_cut.10`, `recip_rank`, `map`, `recall_100`, `P_5`, ...), the short
        names `ndcg@10`, `recall@100`, `p@5`, `mrr`, and `recip_rank_cut_10` or `mrr@10`: the reciprocal rank within
        the first ten, which trec_eval does not have.
    level : int
        The least grade that counts as relevant (`trec_eval -l`); measures that look at grades, such as nDCG, see all.

    Returns
    -------
    Scores
        Keys are the names as given.

    Raises
    ------
    OpticalError
        A measure is unknown, a score is not finite, or no judgement is given.

    Examples
    --------
    >>> evaluate({"1": {"a": 1}, "2": {"b": 1}}, {"1": {"c": 2.0, "a": 1.0}}, ["mrr@10"]).means
    {'mrr@10': 0.25}
    """
    if not qrels:
        raise OpticalError("no judgement is given: nothing can be scored")
    for measure in measures:
        _RECIPROCAL.fullmatch(measure) or trec_eval_name(measure)
    rankings = iter(run.items()) if isinstance(run, Mapping) else run
    found: dict[str, dict[str, float]] = {measure: {} for measure in measures}
    scored: set[str] = set()
    while block := dict(itertools.islice(rankings, QUERIES_AT_ONCE)):
        check_run({query: dict(sorted(ranking.items(), key=lambda item: -item[1])) for query, ranking in block.items()})
        judged = {
            query: {document: float(score) for document, score in ranking.items()}
            for query, ranking in block.items()
            if query in qrels and ranking
        }
        scored |= judged.keys()
        for measure in measures:
            found[measure] |= _score({query: qrels[query] for query in judged}, judged, measure, level)
    per_query = {measure: {query: scores.get(query, 0.0) for query in qrels} for measure, scores in found.items()}
    means = {measure: math.fsum(scores.values()) / len(qrels) for measure, scores in per_query.items()}
    return Scores(means, per_query, tuple(query for query in qrels if query not in scored))


def _score(qrels: Qrels, run: Run, measure: str, level: int) -> dict[str, float]:
    import pytrec_eval

    cut = _RECIPROCAL.fullmatch(measure)
    if cut:
        run, name = {query: _first(ranking, int(cut[1])) for query, ranking in run.items()}, "recip_rank"
    else:
        name = trec_eval_name(measure)
    found = pytrec_eval.RelevanceEvaluator(qrels, {name}, relevance_level=level).evaluate(run)
    key = name.replace(".", "_")
    return {query: float(found.get(query, {}).get(key, 0.0)) for query in qrels}


def _first(ranking: Mapping[str, float], depth: int) -> dict[str, float]:
    """Cut a ranking in trec_eval's order."""
    import numpy as np

    ordered = sorted(ranking.items(), key=lambda item: (np.float32(item[1]), item[0].encode()), reverse=True)
    return dict(ordered[:depth])


def trec_eval_name(measure: str) -> str:
    """Name under which pytrec_eval knows a measure.

    Parameters
    ----------
    measure : str
        trec_eval's name, or a short name such as `ndcg@10`.

    Returns
    -------
    str
        `ndcg_cut.10` for `ndcg_cut_10` and `ndcg@10`.

    Raises
    ------
    OpticalError
        There is no such measure.
    """
    lowered = measure.lower()
    plain = _SPELLINGS.get(lowered, measure)
    if plain in _PLAIN:
        return plain
    cut = _CUT.fullmatch(measure)
    if cut:
        base = _SPELLINGS.get(f"{cut[1].lower()}@", cut[1]) if "@" in measure else cut[1]
        if base in _WITH_DEPTH:
            return f"{base}.{cut[2]}"
    raise OpticalError(
        f"measure {measure!r} is not known; try ndcg_cut_10, recip_rank, mrr@10, map, recall_100 or P_10 "
        "(trec_eval's names)"
    )
