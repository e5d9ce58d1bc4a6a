import torch

from pyserini_optical.transport.newton import find_newton_step


def make_plan(seed, rows, columns):
    """Make a plan whose rows' sums are their masses, and whose columns' are not."""
    generator = torch.Generator().manual_seed(seed)
    kernel = torch.rand(5, rows, columns, generator=generator, dtype=torch.float64)
    row_mass, column_mass = (torch.rand(5, n, generator=generator, dtype=torch.float64) for n in (rows, columns))
    row_mass, column_mass = (mass / mass.sum(1, keepdim=True) for mass in (row_mass, column_mass))
    return fit_rows(kernel, row_mass), row_mass, column_mass


def fit_rows(plan, row_mass):
    return plan * (row_mass / plan.sum(2)).unsqueeze(2)


def test_errors_shrink_quadratically():
    plan, row_mass, column_mass = make_plan(0, 7, 9)
    errors = []
    for _ in range(12):
        errors.append((plan.sum(1) - column_mass).abs().sum(1).max().item())
        plan = fit_rows(plan * find_newton_step(plan, row_mass, column_mass).exp().unsqueeze(1), row_mass)
    assert errors[0] > 0.1
    assert errors[-1] < 1e-10


def test_hand_computed_step():
    plan, mass = torch.tensor([[[0.4, 0.1], [0.1, 0.4]]]).double(), torch.tensor([[0.5, 0.5]]).double()
    target = torch.tensor([[0.51, 0.49]]).double()
    step = find_newton_step(plan, mass, target)[0]
    # The matrix is .16 times [[1, -1], [-1, 1]], so that .16 (d1 - d2) = .01; a constant in d changes no plan.
    torch.testing.assert_close((step[0] - step[1]).item(), 0.01 / 0.16, rtol=0.05, atol=0)


def test_columns_without_mass_and_plans_in_two_parts_give_finite_steps():
    plan = torch.tensor([[[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]], dtype=torch.float64)
    row_mass, column_mass = torch.tensor([[0.5, 0.5]]).double(), torch.tensor([[0.6, 0.4, 0.0]]).double()
    step = find_newton_step(plan, row_mass, column_mass)[0]
    assert step.isfinite().all()
    assert step[2] == 0
    assert step.abs().max() < 20  # no scaling of the columns moves mass between the parts; it must not run away
