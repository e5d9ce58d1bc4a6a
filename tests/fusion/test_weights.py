import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.weights import SHIPPED_WEIGHTS, AdaptiveWeights, measure_features, weigh_queries

FLAT = {f"d{i}": float(10 - i) for i in range(10)}
PEAKED = {"d0": 100.0, **{f"d{i}": float(10 - i) for i in range(1, 10)}}


def test_evidence_by_hand():
    # Scores 4, 0, 0, 0: deviation sqrt(3), the first lies 4 / sqrt(3) above the others. Scores 2, 0: deviation 1.
    length, sparse, dense = measure_features({"a": 4.0, "b": 0.0, "c": 0.0, "d": 0.0}, {"a": 2.0, "b": 0.0}, 8)
    assert length == pytest.approx(math.log(0.8))
    assert (sparse, dense) == pytest.approx((4 / math.sqrt(3), 2.0))


def test_only_the_five_that_follow_make_the_margin():
    scores = [9.0, 6.0, 6.0, 6.0, 6.0, 6.0, 0.0, 0.0]
    deviation = statistics.pstdev(scores)
    found = measure_features({str(i): score for i, score in enumerate(scores)}, {"a": 1.0}, 10)
    assert found == pytest.approx((0.0, 3.0 / deviation, 0.0))


def test_logistic_by_hand():
    model = AdaptiveWeights(length=-1.0, sparse_margin=0.0, dense_margin=0.0)
    assert model.weigh(FLAT, PEAKED, 30) == pytest.approx((0.25, 0.75))
    assert model.weigh(FLAT, PEAKED, 10) == pytest.approx((0.5, 0.5))
    sparse = {"a": 4.0, "b": 0.0, "c": 0.0, "d": 0.0}
    model = AdaptiveWeights(length=0.0, sparse_margin=math.sqrt(3), dense_margin=-1.5, bias=-1.0)
    assert model.weigh(sparse, {"a": 2.0, "b": 0.0}, 3)[0] == pytest.approx(0.5)


def test_the_side_whose_first_document_stands_out_weighs_more():
    assert (
        SHIPPED_WEIGHTS.weigh(PEAKED, FLAT, 6)[0]
        > SHIPPED_WEIGHTS.weigh(FLAT, FLAT, 6)[0]
        > SHIPPED_WEIGHTS.weigh(FLAT, PEAKED, 6)[0]
    )


def test_long_queries_lean_to_the_dense_side():
    assert SHIPPED_WEIGHTS.weigh(FLAT, FLAT, 25)[0] < SHIPPED_WEIGHTS.weigh(FLAT, FLAT, 5)[0]


@pytest.mark.parametrize(
    ("sparse", "dense", "weights"), [(FLAT, {}, (1.0, 0.0)), ({}, FLAT, (0.0, 1.0)), ({}, {}, (0.0, 1.0))]
)
def test_a_side_that_found_nothing(sparse, dense, weights):
    assert SHIPPED_WEIGHTS.weigh(sparse, dense, 5) == weights


@given(st.lists(st.floats(0, 1e3), min_size=1), st.lists(st.floats(-1, 1), min_size=1), st.integers(0, 500))
def test_weights_are_shares(sparse, dense, words):
    lists = [{str(i): score for i, score in enumerate(scores)} for scores in (sparse, dense)]
    first, second = SHIPPED_WEIGHTS.weigh(*lists, words)
    assert first + second == pytest.approx(1.0)
    assert 0.0 <= first <= 1.0


def test_scale_of_the_scores_does_not_matter():
    scaled = {document: 40 * score + 3 for document, score in PEAKED.items()}
    assert SHIPPED_WEIGHTS.weigh(scaled, FLAT, 6) == pytest.approx(SHIPPED_WEIGHTS.weigh(PEAKED, FLAT, 6))


def test_queries_are_weighed_one_by_one():
    runs = [{"1": FLAT, "2": FLAT}, {"1": FLAT}]
    weights = weigh_queries(runs, {"1": "nani alikuwa", "2": "mto upi"})
    assert weights["1"] == SHIPPED_WEIGHTS.weigh(FLAT, FLAT, 2)
    assert weights["2"] == (1.0, 0.0)


def test_three_runs():
    with pytest.raises(OpticalError, match="two runs"):
        weigh_queries([{}, {}, {}], {"1": "maji"})
