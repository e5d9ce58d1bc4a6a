"""Scores computed by trec_eval's own code, through ir_measures and pytrec_eval."""

import contextlib
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyserini_optical.errors import OpticalError
from pyserini_optical.qrels import Qrels
from pyserini_optical.runs import Run, check_run

if TYPE_CHECKING:
    from ir_measures import Measure

QUERIES_AT_ONCE = 100
DEFAULT_MEASURES = ("nDCG@10", "RR@10", "R@100")

_NAME = re.compile(r"([a-z_]+?)(?:[@_.]([0-9]+))?", re.IGNORECASE)
_OTHER_NAMES = {"mrr": "RR", "rr": "RR", "recip_rank_cut": "RR", "ndcg": "nDCG", "recall": "R", "r": "R", "p": "P"}


@dataclass(frozen=True)
class Scores:
    """The scores of one run.

    Attributes
    ----------
    means : dict of str to float
        Measure -> mean over all judged queries.
    per_query : dict of str to dict of str to float
        Measure -> query -> score, for all judged queries.
    missing : tuple of str
        Judged queries that are missing from the run; they count 0.
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

    Documents are ordered by score in single precision, ties by identifier, descending: trec_eval's order, regardless of
    the ranks. Queries that are not in `qrels` are left out.

    Parameters
    ----------
    qrels : Qrels
        Query -> document -> grade.
    run : Run, or iterator of (str, dict of str to float)
        Query -> document -> score; an iterator, such as that of :func:`pyserini_optical.runs.read_by_query`, is
        consumed query by query.
    measures : sequence of str
        See :func:`read_measure`. `RR@10` is the reciprocal rank within the first ten, which trec_eval does
        not have.
    level : int
        Lowest grade that counts as relevant (`trec_eval -l`); graded measures, such as nDCG, use all grades.

    Returns
    -------
    Scores
        Keyed by the names as given.

    Raises
    ------
    OpticalError
        A measure is unknown, a score is not finite, or no judgement is given.

    Examples
    --------
    >>> evaluate({"1": {"a": 1}, "2": {"b": 1}}, {"1": {"c": 2.0, "a": 1.0}}, ["RR@10"]).means
    {'RR@10': 0.25}
    """
    if not qrels:
        raise OpticalError("there are no judgements to score with; check the qrels")
    read = {name: read_measure(name, level) for name in measures}
    rankings = iter(run.items()) if isinstance(run, Mapping) else run
    found: dict[str, dict[str, float]] = {name: {} for name in measures}
    scored: set[str] = set()
    while block := dict(itertools.islice(rankings, QUERIES_AT_ONCE)):
        check_run({query: dict(sorted(ranking.items(), key=lambda item: -item[1])) for query, ranking in block.items()})
        judged = {
            query: {document: float(score) for document, score in ranking.items()}
            for query, ranking in block.items()
            if query in qrels and ranking
        }
        scored |= judged.keys()
        for name, measure in read.items():
            found[name] |= _score({query: qrels[query] for query in judged}, judged, measure)
    per_query = {name: {query: scores.get(query, 0.0) for query in qrels} for name, scores in found.items()}
    means = {measure: math.fsum(scores.values()) / len(qrels) for measure, scores in per_query.items()}
    return Scores(means, per_query, tuple(query for query in qrels if query not in scored))


def keep_order(rankings: Mapping[str, Iterable[str]]) -> Run:
    """Give documents scores that no scorer can tie: of equal ones trec_eval would take the last identifier first.

    Parameters
    ----------
    rankings : mapping of str to iterable of str
        Query -> documents, best first.

    Examples
    --------
    >>> keep_order({"1": ["a", "b"]})
    {'1': {'a': -0.0, 'b': -1.0}}
    """
    return {
        query: {document: -float(place) for place, document in enumerate(found)} for query, found in rankings.items()
    }


def _score(qrels: Qrels, run: Run, measure: "Measure") -> dict[str, float]:
    import ir_measures

    if measure.NAME == "RR" and "cutoff" in measure.params:  # trec_eval has no depth for it
        run = {query: _first(ranking, measure["cutoff"]) for query, ranking in run.items()}
        measure = ir_measures.RR(rel=measure["rel"])
    found = {metric.query_id: metric.value for metric in ir_measures.pytrec_eval.iter_calc([measure], qrels, run)}
    return {query: float(found.get(query, 0.0)) for query in qrels}


def _first(ranking: Mapping[str, float], depth: int) -> dict[str, float]:
    """Cut a ranking in trec_eval's order."""
    import numpy as np

    ordered = sorted(ranking.items(), key=lambda item: (np.float32(item[1]), item[0].encode()), reverse=True)
    return dict(ordered[:depth])


def read_measure(name: str, level: int = 1) -> "Measure":
    """Parse the name of a measure.

    Parameters
    ----------
    name : str
        In the notation of ir_measures (`nDCG@10`, `RR@10`, `R@100`, `AP`, `RR(rel=2)@10`) or of trec_eval
        (`ndcg_cut_10`, `recip_rank`, `recall_100`, `map`), or `mrr@10` and the like.
    level : int
        Lowest grade that counts as relevant, for binary measures if `name` does not set it.

    Raises
    ------
    OpticalError
        There is no such measure.
    """
    import ir_measures

    found = _NAME.fullmatch(name)
    other = _OTHER_NAMES.get(found[1].lower()) if found else None
    names = [name] if found is None or other is None else [name, f"{other}@{found[2]}" if found[2] else other]
    measures = next(filter(None, map(_parse, names)), [])
    if len(measures) != 1 or not (measures[0].NAME == "RR" or ir_measures.pytrec_eval.supports(measures[0])):
        raise OpticalError(
            f"measure {name!r} is not known; try nDCG@10, RR@10, AP, R@100 or P@10, or trec_eval's names (ndcg_cut_10)"
        )
    (measure,) = measures
    graded = "rel" in measure.SUPPORTED_PARAMS and "rel" not in measure.params
    return measure(rel=level) if graded and level != 1 else measure


def _parse(name: str) -> "list[Measure]":
    import ir_measures

    for parse in (lambda text: [ir_measures.parse_measure(text)], ir_measures.parse_trec_measure):
        with contextlib.suppress(AssertionError, NameError, SyntaxError, TypeError, ValueError):
            measures = parse(name)
            for measure in measures:
                measure.validate_params()
            return [each for each in measures if each.NAME != "NumQ" and each.params.get("cutoff", 1) > 0]
    return []
