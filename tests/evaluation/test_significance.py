import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.significance import (
    bootstrap_interval,
    compare,
    correct_holm,
    effect_size,
    paired_t_test,
    randomisation_test,
)

DRAW = np.random.default_rng(3)
SHIFTED = DRAW.normal(0.08, 0.3, 60)


def test_t_test_beside_scipy():
    system, baseline = DRAW.random(30), DRAW.random(30)
    assert paired_t_test(system - baseline) == pytest.approx(stats.ttest_rel(system, baseline).pvalue, rel=1e-12)


def test_t_test_without_spread():
    assert paired_t_test(np.zeros(5)) == 1.0
    assert paired_t_test(np.full(5, 0.1)) == 0.0


def test_randomisation_by_hand():
    # 8 ways to sign 1, 2, 3; sums as far from 0 as 6: +++ and ---
    assert randomisation_test(np.array([1.0, 2.0, 3.0])) == 2 / 8
    # as far as 1 - 2 + 3 = 2: all but the two ways that sum to 0
    assert randomisation_test(np.array([1.0, -2.0, 3.0])) == 6 / 8
    assert randomisation_test(np.zeros(4)) == 1.0


def test_ties_do_not_change_the_randomisation_test():
    assert randomisation_test(np.array([1.0, 0, 2.0, 0, 3.0])) == 2 / 8


def test_exact_randomisation_beside_scipy():
    differences = DRAW.normal(0.2, 1, 11)
    oracle = stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert randomisation_test(differences) == pytest.approx(oracle.pvalue, rel=1e-12)


def test_sampled_randomisation_beside_scipy():
    oracle = stats.permutation_test(
        (SHIFTED,),
        np.mean,
        permutation_type="samples",
        n_resamples=40_000,
        vectorized=True,
        rng=np.random.default_rng(1),
    )
    found = randomisation_test(SHIFTED, resamples=40_000)
    spread = math.sqrt(found * (1 - found) / 40_000)
    assert abs(found - oracle.pvalue) < 5 * spread
    assert found == randomisation_test(SHIFTED, resamples=40_000)


def test_sampled_randomisation_is_never_zero():
    assert randomisation_test(np.ones(40), resamples=999) == 1 / 1000


def test_bootstrap_covers_as_often_as_it_says():
    draw = np.random.default_rng(11)
    covered = 0
    for trial in range(150):
        low, high = bootstrap_interval(draw.normal(0.1, 0.3, 40), resamples=400, seed=trial)
        covered += low <= 0.1 <= high
    assert 0.88 <= covered / 150 <= 0.99


def test_bootstrap_is_near_the_interval_of_the_normal_and_repeats():
    low, high = bootstrap_interval(SHIFTED)
    half = 1.96 * SHIFTED.std(ddof=1) / math.sqrt(60)
    assert low == pytest.approx(SHIFTED.mean() - half, abs=0.01)
    assert high == pytest.approx(SHIFTED.mean() + half, abs=0.01)
    assert bootstrap_interval(SHIFTED) == (low, high)
    assert bootstrap_interval(np.full(3, 0.25)) == (0.25, 0.25)


def test_effect_size_by_hand():
    assert effect_size(np.array([1.0, 2.0, 3.0])) == 2.0
    assert effect_size(np.zeros(3)) == 0.0
    assert effect_size(np.full(3, -0.1)) == -math.inf


def test_holm_by_hand():
    # sorted .01 .02 .03 .04 times 4 3 2 1 = .04 .06 .06 .04; never below the one before
    assert correct_holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert correct_holm([0.6, 0.5]) == [1.0, 1.0]
    assert correct_holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_order_and_lies_between_plain_and_bonferroni(p_values):
    adjusted = correct_holm(p_values)
    for plain, corrected in zip(p_values, adjusted, strict=True):
        assert plain <= corrected <= min(1.0, plain * len(p_values)) or corrected == max(
            min(1.0, (len(p_values) - place) * p) for place, p in enumerate(sorted(p_values)) if p <= plain
        )
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [corrected for _, corrected in pairs] == sorted(corrected for _, corrected in pairs)


def test_compare_counts_and_signs():
    found = compare({"1": 1.0, "2": 0.5, "3": 0.0, "4": 0.5}, {"1": 0.5, "2": 0.5, "3": 0.25, "4": 0.25})
    assert (found.wins, found.ties, found.losses, found.queries) == (2, 1, 1, 4)
    assert found.difference == pytest.approx(0.125)
    assert found.low <= found.difference <= found.high
    assert found.randomisation == 6 / 8  # signed sums of .5 .25 .25: 1 1/2 1/2 0 0 -1/2 -1/2 -1


def test_compare_refuses_what_cannot_be_paired():
    with pytest.raises(OpticalError, match="different queries"):
        compare({"1": 1.0, "2": 0.0}, {"1": 1.0, "3": 0.0})
    with pytest.raises(OpticalError, match="at least two"):
        compare({"1": 1.0}, {"1": 0.0})
