import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion import fuse

SPARSE = {"1": {"a": 12.0, "b": 11.0, "c": 3.0}, "2": {"c": 8.0, "d": 7.5}}
DENSE = {"1": {"b": 0.9, "d": 0.8, "a": 0.2}, "2": {"d": 0.7, "c": 0.6, "a": 0.1}}


def test_ties_go_by_document_id():
    fused = fuse([{"1": {"b": 2.0, "a": 1.0}}, {"1": {"a": 2.0, "b": 1.0}}])
    assert list(fused["1"]) == ["a", "b"]


def test_one_run_keeps_its_order():
    assert [list(ranking) for ranking in fuse([SPARSE]).values()] == [["a", "b", "c"], ["c", "d"]]


def test_only_the_ratio_of_the_weights_matters():
    assert fuse([SPARSE, DENSE], weights=[1, 3]) == fuse([SPARSE, DENSE], weights=[10, 30])


def test_every_query_may_have_its_own_weights():
    fused = fuse([SPARSE, DENSE], weights={"1": [1, 0], "2": [0, 1]})
    assert list(fused["1"])[:3] == ["a", "b", "c"]
    assert list(fused["2"]) == ["d", "c", "a"]


def test_three_runs():
    late = {"1": {"d": 1.0}, "2": {"a": 1.0}}
    fused = fuse([SPARSE, DENSE, late], method="rrf", weights=[1, 1, 100])
    assert [next(iter(ranking)) for ranking in fused.values()] == ["d", "a"]


def test_depth_and_hits():
    fused = fuse([SPARSE, DENSE], method="rrf", depth=1, hits=1)
    assert {query: list(ranking) for query, ranking in fused.items()} == {"1": ["a"], "2": ["c"]}


def test_a_query_without_hits_needs_the_topics():
    partial = {"1": DENSE["1"]}
    with pytest.raises(OpticalError, match="run 2 lacks query 2"):
        fuse([SPARSE, partial])
    assert list(fuse([SPARSE, partial], queries=["2", "1"])) == ["2", "1"]
    with pytest.raises(OpticalError, match="run 1 has query 2, which is not in the topics"):
        fuse([SPARSE, partial], queries=["1"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "borda"}, "choose one of weighted-sum, rrf"),
        ({"normalisation": "softmax"}, "choose one of min-max"),
        ({"weights": [1.0]}, "1 weights for 2 runs"),
        ({"weights": [1.0, -1.0]}, "not negative"),
        ({"weights": [1.0, float("nan")]}, "finite"),
        ({"weights": {"1": [1.0, 1.0]}}, "no weights for query 2"),
    ],
)
def test_what_cannot_be_fused(options, message):
    with pytest.raises(OpticalError, match=message):
        fuse([SPARSE, DENSE], **options)
