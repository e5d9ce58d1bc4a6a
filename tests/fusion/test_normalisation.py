import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion import fuse
from pyserini_optical.fusion.normalisation import (
    NORMALISATIONS,
    find_normalisation,
    normalise_min_max,
    normalise_rank,
    normalise_z_score,
)

LIST = {"a": 4.0, "b": 3.0, "c": 1.0, "d": 0.0}
lists = st.dictionaries(st.text("abcdef", min_size=1), st.integers(-50, 50).map(float), min_size=1)


def test_min_max_by_hand():
    assert normalise_min_max(LIST) == {"a": 1.0, "b": 0.75, "c": 0.25, "d": 0.0}


def test_z_score_by_hand():
    deviation = math.sqrt((4 + 1 + 1 + 4) / 4)
    expected = {"a": 2 / deviation, "b": 1 / deviation, "c": -1 / deviation, "d": -2 / deviation}
    assert normalise_z_score(LIST) == pytest.approx(expected)


def test_rank_by_hand_with_a_tie():
    assert normalise_rank({"a": 4.0, "b": 3.0, "c": 3.0, "d": 0.0}) == {"a": 1.0, "b": 0.75, "c": 0.75, "d": 0.25}


def test_equal_scores_do_not_divide_by_zero():
    equal = {"a": 0.1, "b": 0.1, "c": 0.1}
    assert set(normalise_min_max(equal).values()) == {1.0}
    assert set(normalise_z_score(equal).values()) == {0.0}
    assert set(normalise_rank(equal).values()) == {1.0}


@pytest.mark.parametrize("name", NORMALISATIONS)
def test_nothing_found_stays_nothing(name):
    assert find_normalisation(name)({}) == {}


@pytest.mark.parametrize("name", NORMALISATIONS)
@given(scores=lists)
def test_order_is_kept(name, scores):
    normalised = find_normalisation(name)(scores)
    for one in scores:
        for other in scores:
            assert (scores[one] > scores[other]) == (normalised[one] > normalised[other])


@pytest.mark.parametrize("name", ["min-max", "z-score", "rank"])
@given(scores=lists)
def test_scale_and_shift_of_the_scores_do_not_matter(name, scores):
    normalise = find_normalisation(name)
    moved = {document: 3.0 * score + 7.0 for document, score in scores.items()}
    assert normalise(moved) == pytest.approx(normalise(scores), abs=1e-9)


def test_unknown_name():
    with pytest.raises(OpticalError, match="choose one of min-max, z-score"):
        find_normalisation("softmax")


@pytest.mark.parametrize("size", [1e308, 1e200, 1.0, 1e-200, 1e-300])
def test_scores_of_any_size_are_normalised_alike(size):
    scores = {"a": size, "b": 0.0, "c": -size}
    assert list(normalise_min_max(scores).values()) == pytest.approx([1, 0.5, 0])
    assert list(normalise_z_score(scores).values()) == pytest.approx([1.5**0.5, 0, -(1.5**0.5)])


@pytest.mark.parametrize("normalisation", ["min-max", "z-score", "rank", "none"])
def test_the_largest_scores_fuse_to_finite_ones(normalisation):
    run = {"q": {"a": 1.7e308, "b": 1e308, "c": -1.7e308}}
    fused = fuse([run, run], normalisation=normalisation)["q"]
    assert list(fused) == ["a", "b", "c"]
    assert all(map(math.isfinite, fused.values()))
