import pytest

from pyserini_optical.fusion.fuse import fuse_weighted_sum

SPARSE = {"a": 30.0, "b": 20.0, "c": 10.0}
DENSE = {"b": 0.9, "d": 0.5}


def test_min_max_by_hand():
    fused = fuse_weighted_sum([SPARSE, DENSE], [0.25, 0.75], "min-max")
    assert fused == pytest.approx({"a": 0.25, "b": 0.125 + 0.75, "c": 0.0, "d": 0.0})


def test_a_missing_document_gets_the_lowest_z_score():
    fused = fuse_weighted_sum([{"a": 3.0, "b": 1.0}, {"b": 7.0, "c": 5.0}], [0.5, 0.5], "z-score")
    assert fused == pytest.approx({"a": 0.5 * 1 - 0.5, "b": -0.5 + 0.5, "c": -0.5 - 0.5})


def test_a_missing_document_is_worth_no_less_than_the_last():
    fused = fuse_weighted_sum([{"a": -1.0, "b": -3.0}, {"c": 2.0}], [1.0, 1.0], "none")
    assert fused == pytest.approx({"a": -1.0, "b": -3.0, "c": -3.0 + 2.0})


def test_scores_as_they_are_end_at_zero():
    assert fuse_weighted_sum([{"a": 2.0}, {"b": 3.0}], [1.0, 1.0], "none") == pytest.approx({"a": 2.0, "b": 3.0})


def test_an_empty_list_changes_no_order():
    fused = fuse_weighted_sum([SPARSE, {}], [0.5, 0.5], "z-score")
    assert sorted(fused, key=lambda document: -fused[document]) == ["a", "b", "c"]


def test_weight_one_gives_the_list_back():
    fused = fuse_weighted_sum([SPARSE, DENSE], [1.0, 0.0], "rank")
    assert fused == pytest.approx({"a": 1.0, "b": 2 / 3, "c": 1 / 3, "d": 0.0})
