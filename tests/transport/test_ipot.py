import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pyserini_optical.transport import TRAINING_OPTIONS, solve
from pyserini_optical.transport.ipot import find_newton_step
from tests.transport.problems import make_problems, pad_problems, solve_with_emd


@pytest.mark.parametrize("seed", range(10))
def test_objective_is_within_one_percent_of_emd_on_ragged_problems(seed):
    problems = make_problems(100, seed)  # with the seeds, a thousand
    cost, row_mass, column_mass = pad_problems(problems, torch.float32)
    solution = solve(cost, row_mass, column_mass)
    optimum = solve_with_emd(problems)
    assert not solution.plan.isnan().any()
    assert ((solution.cost.double() - optimum).abs() <= 0.01 * optimum.abs() + 1e-6).all()
    assert solution.marginal_error.max() < 1e-3
    assert solution.plan.min() >= 0
    assert not solution.plan[row_mass == 0].any()
    assert not solution.plan.transpose(1, 2)[column_mass == 0].any()


def test_no_problem_takes_all_the_steps():
    problems = make_problems(90, seed=77)
    for dtype in (torch.float32, torch.float64):
        assert solve(*pad_problems(problems, dtype)).steps < 1000


def test_marginal_error_is_that_of_the_plan():
    cost, row_mass, column_mass = pad_problems(make_problems(12, seed=5), torch.float64)
    solution = solve(cost, row_mass, column_mass, **TRAINING_OPTIONS)
    rows, columns = solution.plan.sum(2), solution.plan.sum(1)
    by_hand = (rows - row_mass).abs().sum(1) + (columns - column_mass).abs().sum(1)
    torch.testing.assert_close(solution.marginal_error, by_hand)
    assert solution.marginal_error.max() > 1e-6  # cut short, and it says so
    assert solution.steps == TRAINING_OPTIONS["steps"]


def test_a_token_that_matches_nothing_gives_no_nan_in_float32():
    cost = torch.rand(64, 32, 32, generator=torch.Generator().manual_seed(0))
    cost[:, 3] = 1e6
    mass = torch.full((64, 32), 1 / 32)
    for beta in (0.5, 0.02):
        solution = solve(cost, mass, mass, beta=beta, steps=200)
        assert solution.plan.isfinite().all()
        assert solution.marginal_error.max() < 1e-3


def test_hand_computed_plan():
    cost = torch.tensor([[[0.0, 2.0, 9.0], [1.0, 0.0, 9.0]]])
    solution = solve(cost, torch.tensor([[0.75, 0.25]]), torch.tensor([[0.5, 0.5, 0.0]]), tolerance=1e-6)
    expected = torch.tensor([[[0.5, 0.25, 0.0], [0.0, 0.25, 0.0]]])
    torch.testing.assert_close(solution.plan, expected, atol=1e-4, rtol=0)
    assert solution.cost.item() == pytest.approx(0.5, abs=1e-4)


def test_equal_sides_cost_nothing():
    states = torch.nn.functional.normalize(torch.randn(4, 9, 16, generator=torch.Generator().manual_seed(1)), dim=2)
    mass = torch.full((4, 9), 1 / 9)
    assert solve(1 - states @ states.transpose(1, 2), mass, mass).cost.abs().max() < 1e-5


def test_constant_cost_and_single_tokens():
    assert solve(torch.full((1, 3, 5), 7.0), torch.full((1, 3), 1 / 3), torch.full((1, 5), 0.2)).cost.item() == (
        pytest.approx(7.0, rel=1e-5)
    )
    assert solve(torch.tensor([[[4.0]]]), torch.ones(1, 1), torch.ones(1, 1)).plan.item() == pytest.approx(1.0)


def test_tolerance_bounds_the_gap():
    problems = make_problems(24, seed=11, longest=24)
    solution = solve(*pad_problems(problems, torch.float64), tolerance=1e-3)
    optimum = solve_with_emd(problems)
    assert (solution.cost - optimum <= 1e-3 * optimum.abs() + 1e-9).all()
    assert (solution.cost >= optimum - 1e-9).all()  # a feasible plan cannot beat the optimum


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-4, 1e4), shift=st.floats(-5, 5))
def test_scale_shift_and_order_of_tokens_change_nothing(seed, scale, shift):
    (cost, row_mass, column_mass), generator = make_problems(1, seed, longest=8)[0], np.random.default_rng(seed)
    rows, columns = generator.permutation(len(row_mass)), generator.permutation(len(column_mass))
    changed = (scale * (cost + 10 + shift))[np.ix_(rows, columns)]
    # Many steps past the optimum only rounding is left, and what is degenerate blows it up: 20 steps, compared closely.
    limits = {"tolerance": 0.0, "steps": 20}
    plain = solve(*pad_problems([(cost + 10, row_mass, column_mass)], torch.float64), **limits)
    other = solve(*pad_problems([(changed, row_mass[rows], column_mass[columns])], torch.float64), **limits)
    torch.testing.assert_close(other.plan, plain.plan[:, rows][:, :, columns], atol=1e-9, rtol=0)
    torch.testing.assert_close(other.cost, scale * (plain.cost + shift), rtol=1e-9, atol=1e-9 * scale)


def test_padding_and_neighbours_in_the_batch_change_nothing():
    problems = make_problems(6, seed=3, longest=20)
    together = solve(*pad_problems(problems, torch.float64)).plan
    for index, (cost, source, target) in enumerate(problems):
        alone = solve(*pad_problems([(cost, source, target)], torch.float64)).plan[0]
        torch.testing.assert_close(together[index, : len(source), : len(target)], alone, atol=1e-9, rtol=0)


def make_plan(seed, rows, columns):
    """Make a plan whose rows' sums are their masses, and whose columns' are not."""
    generator = torch.Generator().manual_seed(seed)
    kernel = torch.rand(5, rows, columns, generator=generator, dtype=torch.float64)
    row_mass, column_mass = (torch.rand(5, n, generator=generator, dtype=torch.float64) for n in (rows, columns))
    row_mass, column_mass = (mass / mass.sum(1, keepdim=True) for mass in (row_mass, column_mass))
    return fit_rows(kernel, row_mass), row_mass, column_mass


def fit_rows(plan, row_mass):
    return plan * (row_mass / plan.sum(2)).unsqueeze(2)


def test_newton_steps_shrink_the_errors_quadratically():
    plan, row_mass, column_mass = make_plan(0, 7, 9)
    errors = []
    for _ in range(12):
        errors.append((plan.sum(1) - column_mass).abs().sum(1).max().item())
        plan = fit_rows(plan * find_newton_step(plan, row_mass, column_mass).exp().unsqueeze(1), row_mass)
    assert errors[0] > 0.1
    assert errors[-1] < 1e-10


def test_hand_computed_newton_step():
    plan, mass = torch.tensor([[[0.4, 0.1], [0.1, 0.4]]]).double(), torch.tensor([[0.5, 0.5]]).double()
    target = torch.tensor([[0.51, 0.49]]).double()
    step = find_newton_step(plan, mass, target)[0]
    # The matrix is .16 times [[1, -1], [-1, 1]], so that .16 (d1 - d2) = .01; a constant in d changes no plan.
    torch.testing.assert_close((step[0] - step[1]).item(), 0.01 / 0.16, rtol=0.05, atol=0)


def test_columns_without_mass_and_plans_in_two_parts_give_finite_newton_steps():
    plan = torch.tensor([[[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]], dtype=torch.float64)
    row_mass, column_mass = torch.tensor([[0.5, 0.5]]).double(), torch.tensor([[0.6, 0.4, 0.0]]).double()
    step = find_newton_step(plan, row_mass, column_mass)[0]
    assert step.isfinite().all()
    assert step[2] == 0
    assert step.abs().max() < 20  # no scaling of the columns moves mass between the parts; it must not run away
