import math
import os
import random
import subprocess
import sys

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation import measures
from pyserini_optical.evaluation.measures import evaluate, keep_order, read_measure
from pyserini_optical.plugin.java import choose_jdk
from pyserini_optical.qrels import write_qrels

QRELS = {"1": {"a": 2, "b": 0, "c": 1}, "2": {"d": 1}, "3": {"e": 1}}
RUN = {"1": {"b": 3.0, "a": 2.0, "c": 1.0}, "2": {"x": 2.0, "y": 1.0}, "unjudged": {"a": 1.0}}
MEASURES = ("ndcg_cut_10", "recip_rank", "recall_100", "map", "P_5", "success_1", "ndcg", "Rprec", "bpref")


def test_hand_computed():
    found = evaluate(QRELS, RUN, ["recip_rank", "mrr@1", "mrr@2", "P_5", "recall_2", "ndcg@10"])
    assert found.per_query["recip_rank"] == {"1": 0.5, "2": 0.0, "3": 0.0}
    assert found.means["recip_rank"] == pytest.approx(0.5 / 3)
    assert found.means["mrr@1"] == 0.0
    assert found.per_query["mrr@2"] == {"1": 0.5, "2": 0.0, "3": 0.0}
    assert found.per_query["P_5"]["1"] == pytest.approx(0.4)
    assert found.per_query["recall_2"]["1"] == pytest.approx(0.5)
    ideal = 2 + 1 / math.log2(3)
    assert found.per_query["ndcg@10"]["1"] == pytest.approx((2 / math.log2(3) + 1 / 2) / ideal)
    assert found.missing == ("3",)


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_scored_as_it_comes(monkeypatch, at_once):
    monkeypatch.setattr(measures, "QUERIES_AT_ONCE", at_once)
    assert evaluate(QRELS, iter(RUN.items()), MEASURES) == evaluate(QRELS, RUN, MEASURES)
    with pytest.raises(OpticalError, match="is not known"):
        evaluate(QRELS, iter(()), ["nonsense"])


def test_reciprocal_rank_is_cut_in_the_order_of_trec_eval():
    tied = {"1": {f"d{place:02}": 1.0 for place in range(20)}}
    assert evaluate({"1": {"d09": 1}}, tied, ["recip_rank", "mrr@10", "recip_rank_cut_11"]).means == {
        "recip_rank": pytest.approx(1 / 11),
        "mrr@10": 0.0,
        "recip_rank_cut_11": pytest.approx(1 / 11),
    }
    close = {"1": {"a": 1.0, "b": 1.0 - 1e-12}}  # one number in single precision, so b comes first
    assert evaluate({"1": {"b": 1}}, close, ["mrr@1"]).means == {"mrr@1": 1.0}


@pytest.mark.parametrize("score", [math.nan, math.inf, 1e300])
def test_scores_that_are_not_finite_are_refused(score):
    with pytest.raises(OpticalError, match=r"score is .*query 1, document a"):
        evaluate(QRELS, {"1": {"a": score}}, ["map"])


def test_numpy_scores_are_taken():
    import numpy as np

    assert evaluate(QRELS, {"1": {"a": np.float32(1.5)}}, ["mrr"]).per_query["mrr"]["1"] == 1.0


@pytest.mark.parametrize("measure", ["precision", "mrr@0", "ndcg_cut", "num_q", "gm_map", "recall_0", "ERR@20", "R"])
def test_unknown_measures_are_refused(measure):
    with pytest.raises(OpticalError, match="is not known; try"):
        evaluate(QRELS, RUN, [measure])


@pytest.mark.parametrize(
    ("names", "measure"),
    [
        ("nDCG@10 ndcg@10 NDCG@10 ndcg_cut_10 ndcg_cut.10", "nDCG@10"),
        ("RR@10 mrr@10 MRR@10 recip_rank_cut_10", "RR@10"),
        ("RR mrr recip_rank", "RR"),
        ("R@5 r@5 recall@5 recall_5 recall.5", "R@5"),
        ("P@5 p@5 P_5", "P@5"),
        ("AP map", "AP"),
        ("Rprec", "Rprec"),
        ("Bpref bpref", "Bpref"),
        ("infAP", "infAP"),
        ("Success@1 success_1", "Success@1"),
        ("RR(rel=2)@10", "RR(rel=2)@10"),
    ],
)
def test_spellings(names, measure):
    assert {str(read_measure(name)) for name in names.split()} == {measure}


def test_the_least_relevant_grade_is_where_the_name_leaves_it_open():
    assert [str(read_measure(name, 2)) for name in ("RR@10", "AP", "RR(rel=1)@10", "nDCG@10")] == [
        "RR(rel=2)@10",
        "AP(rel=2)",
        "RR@10",
        "nDCG@10",
    ]


def test_nothing_judged():
    with pytest.raises(OpticalError, match="no judgement"):
        evaluate({}, RUN)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A run full of ties, near-ties, unjudged documents, missing and unknown queries, and what trec_eval says of it."""
    draw = random.Random(5)
    folder = tmp_path_factory.mktemp("trec")
    documents = [f"doc{number}" for number in range(60)]
    qrels = {
        f"q{query}": {name: draw.choice([0, 0, 1, 2, 3]) for name in draw.sample(documents, 20)} for query in range(40)
    }
    run = {}
    for query in range(3, 45):
        scores = [draw.choice([1.0, 2.0, 2.0 + 1e-9, 2.0 + 1e-6, draw.random()]) for _ in documents]
        run[f"q{query}"] = dict(sorted(zip(documents, scores, strict=True), key=lambda item: -item[1]))
    write_qrels(folder / "qrels", qrels)
    with open(folder / "run", "w") as file:  # not write_run: it would take the ties out
        for query, ranking in run.items():
            file.writelines(
                f"{query} Q0 {name} {at} {score!r} t\n" for at, (name, score) in enumerate(ranking.items(), 1)
            )
    java = choose_jdk().home  # pyserini.eval.trec_eval starts the `java` of PATH beside the one of JAVA_HOME
    environment = dict(os.environ, JAVA_HOME=str(java), PATH=f"{java / 'bin'}{os.pathsep}{os.environ['PATH']}")
    printed = {}
    for depth in ("10", "1000"):
        asked = [word for name in MEASURES for word in ("-m", name.replace("_cut_", "_cut.").replace("_1", ".1"))]
        asked = [word.replace("P_5", "P.5") for word in asked]
        command = [sys.executable, "-m", "pyserini.eval.trec_eval", "-c", "-q", "-M", depth, *asked]
        done = subprocess.run(
            [*command, str(folder / "qrels"), str(folder / "run")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for line in done.stdout.splitlines():
            columns = line.split()
            if len(columns) == 3 and columns[0] in MEASURES:
                printed[depth, columns[0], columns[1]] = columns[2]
    return qrels, run, printed


@pytest.mark.parametrize("measure", MEASURES)
def test_agrees_with_trec_eval_to_the_last_printed_digit(judged, measure):
    qrels, run, printed = judged
    found = evaluate(qrels, run, [measure])
    assert f"{found.means[measure]:.4f}" == printed["1000", measure, "all"]
    compared = [query for query in qrels if ("1000", measure, query) in printed]
    assert len(compared) == 37
    assert {query: f"{found.per_query[measure][query]:.4f}" for query in compared} == {
        query: printed["1000", measure, query] for query in compared
    }
    assert found.missing == ("q0", "q1", "q2")


def test_reciprocal_rank_within_ten_agrees_with_trec_eval_cut_at_ten(judged):
    qrels, run, printed = judged
    assert f"{evaluate(qrels, run, ['mrr@10']).means['mrr@10']:.4f}" == printed["10", "recip_rank", "all"]


def test_equal_scores_can_keep_their_order():
    run, qrels = {"1": {"a": 2.0, "b": 2.0}}, {"1": {"a": 1}}
    assert evaluate(qrels, run, ["RR@10"]).means == {"RR@10": 0.5}  # trec_eval takes b first
    assert evaluate(qrels, keep_order(run), ["RR@10"]).means == {"RR@10": 1.0}
