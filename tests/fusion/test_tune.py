import logging

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion import fuse
from pyserini_optical.fusion.tune import TunedWeights, tune

QUERIES = [str(number) for number in range(12)]
# The sparse run finds the relevant document of every query but 0, the dense one that of none.
SPARSE = {query: {"good" if query != "0" else "bad": 3.0, "other": 2.0, "third": 0.0} for query in QUERIES}
DENSE = {query: {"other": 0.9, "third": 0.5, "good": 0.1} for query in QUERIES}


def measure(run):
    return {
        query: 1 / (1 + list(ranking).index("good")) if "good" in ranking else 0.0 for query, ranking in run.items()
    }


def test_the_better_run_gets_the_weight():
    tuned, run = tune([SPARSE, DENSE], measure, "rr", QUERIES, folds=3)
    assert sum(tuned.weights) == pytest.approx(1.0)
    assert tuned.weights[0] > 0.5
    assert tuned.cross_validated == pytest.approx(sum(measure(run).values()) / len(QUERIES))
    assert list(run) == QUERIES


def test_no_query_is_fused_with_weights_it_chose():
    # Only query 0 wants the dense run, and so much that it would decide for all.
    def one_sided(run):
        return {query: (100.0 if query == "0" else 1.0) * score for query, score in measure(run).items()}

    tuned, run = tune([DENSE, SPARSE], one_sided, "rr", QUERIES, folds=len(QUERIES))
    by_the_others = tune([DENSE, SPARSE], one_sided, "rr", QUERIES[1:], folds=2)[0].weights
    assert tuned.weights != by_the_others
    assert run["0"] == fuse([DENSE, SPARSE], weights=by_the_others)["0"]


def test_equal_weights_win_a_tie():
    assert tune([SPARSE, SPARSE], measure, "rr", QUERIES, folds=2)[0].weights == (0.5, 0.5)


def test_only_judged_queries_choose_and_the_others_get_what_they_chose():
    tuned, run = tune([SPARSE, DENSE], measure, "rr", ["1", "2", "3"], folds=3)
    assert tuned.queries == ("1", "2", "3")
    assert list(run) == QUERIES
    assert run["0"] == fuse([SPARSE, DENSE], weights=tuned.weights)["0"]


@pytest.mark.parametrize("folds", [1, 13])
def test_too_few_queries_for_the_folds(folds):
    with pytest.raises(OpticalError, match=f"{folds} folds for 12 judged queries"):
        tune([SPARSE, DENSE], measure, "rr", QUERIES, folds=folds)


def test_saved_and_loaded(tmp_path):
    tuned, _ = tune([SPARSE, DENSE], measure, "rr", QUERIES, folds=3)
    tuned.save(tmp_path / "weights.json")
    assert TunedWeights.load(tmp_path / "weights.json") == tuned


@pytest.mark.parametrize("content", ["{}", '{"format": "x"}', '{"format": "pyserini-optical-fusion/1"}'])
def test_what_is_not_tuned_weights(tmp_path, content):
    (tmp_path / "weights.json").write_text(content)
    with pytest.raises(OpticalError, match=r"weights.json: does not contain tuned weights"):
        TunedWeights.load(tmp_path / "weights.json")


def test_use_on_the_queries_that_chose_them_is_said(caplog):
    tuned, _ = tune([SPARSE, DENSE], measure, "rr", QUERIES, folds=3)
    with caplog.at_level(logging.WARNING):
        tuned.warn_of_reuse(["other"])
        assert not caplog.records
        tuned.warn_of_reuse(["1", "2", "other"])
    assert "2 of 3 queries" in caplog.text
