import pytest
import torch

from pyserini_optical.errors import OpticalError
from pyserini_optical.transport import solve
from tests.transport.problems import make_problems, pad_problems, solve_with_emd

HALF = torch.full((2, 2), 0.5)


def test_exact_equals_emd():
    problems = make_problems(30, seed=2)
    solution = solve(*pad_problems(problems, torch.float64), method="exact")
    torch.testing.assert_close(solution.cost, solve_with_emd(problems), rtol=1e-9, atol=1e-12)
    assert solution.marginal_error.max() < 1e-9
    assert solution.steps == 0


def test_sinkhorn_equals_pot_on_each_problem():
    import ot

    problems = [problem for problem in make_problems(8, seed=4, longest=12) if problem[0].max() < 10]
    solution = solve(*pad_problems(problems, torch.float64), method="sinkhorn", tolerance=1e-10, steps=5000)
    for plan, (cost, source, target) in zip(solution.plan, problems, strict=True):
        expected = ot.sinkhorn(a=source, b=target, M=cost, reg=0.1, method="sinkhorn_log", numItermax=5000)
        torch.testing.assert_close(plan[: len(source), : len(target)], torch.as_tensor(expected), atol=1e-7, rtol=0)
        assert not plan[len(source) :].any()


@pytest.mark.parametrize("method", ["ipot", "sinkhorn", "exact"])
def test_every_method_keeps_dtype_and_holds_no_gradient(method):
    cost = torch.rand(2, 2, 2, requires_grad=True)
    solution = solve(cost, HALF, HALF, method=method)
    assert solution.plan.dtype == torch.float32
    assert not solution.plan.requires_grad
    assert solution.plan.shape == (2, 2, 2)
    assert solution.cost.shape == solution.marginal_error.shape == (2,)


@pytest.mark.parametrize("method", ["ipot", "exact"])
def test_no_problems_have_no_plans(method):
    solution = solve(torch.ones(0, 3, 4), torch.ones(0, 3), torch.ones(0, 4), method=method)
    assert solution.plan.shape == (0, 3, 4)
    assert solution.cost.shape == solution.marginal_error.shape == (0,)


@pytest.mark.parametrize("method", ["ipot", "sinkhorn", "exact"])
def test_nan_in_padding_is_not_looked_at(method):
    cost = torch.tensor([[[1.0, float("nan")], [3.0, float("nan")]]])
    solution = solve(cost, torch.tensor([[0.5, 0.5]]), torch.tensor([[1.0, 0.0]]), method=method)
    torch.testing.assert_close(solution.plan, torch.tensor([[[0.5, 0.0], [0.5, 0.0]]]))
    assert solution.cost.item() == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("cost", "row_mass", "message"),
    [
        (torch.rand(2, 2, 2), torch.tensor([[0.5, 0.5], [1.5, -0.5]]), "problem 1 of 2 has a row of negative mass"),
        (torch.rand(2, 2, 2), torch.tensor([[0.5, 0.4], [0.5, 0.5]]), "problem 0 of 2 has row masses that do not add"),
        (torch.rand(2, 2, 2), torch.full((2, 2), float("nan")), "problem 0 of 2 has row masses that do not add"),
        (torch.rand(2, 2), HALF, r"cost has shape \(2, 2\)"),
        (torch.rand(2, 3, 2), HALF, r"row_mass has shape \(2, 2\)"),
        (torch.tensor([[[0.0, 1], [1, 0]], [[0, 1], [float("nan"), 0]]]), HALF, "problem 1 of 2 has a cost that is"),
    ],
)
def test_what_is_no_transport_problem_is_refused(cost, row_mass, message):
    with pytest.raises(OpticalError, match=message):
        solve(cost, row_mass, HALF)


def test_unknown_method():
    with pytest.raises(OpticalError, match="choose one of ipot, sinkhorn, exact"):
        solve(torch.rand(2, 2, 2), HALF, HALF, method="magic")


def test_unknown_option():
    with pytest.raises(OpticalError, match="betta"):
        solve(torch.rand(2, 2, 2), HALF, HALF, betta=1.0)
