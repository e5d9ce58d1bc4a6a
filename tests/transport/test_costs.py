import pytest
import torch

from pyserini_optical.transport import COSTS, cosine_cost, euclidean_cost, squared_euclidean_cost


def test_hand_computed_costs():
    rows = torch.tensor([[[3.0, 0.0], [0.0, 1.0]]])
    columns = torch.tensor([[[0.0, 4.0], [1.0, 0.0]]])
    torch.testing.assert_close(cosine_cost(rows, columns), torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]))
    torch.testing.assert_close(euclidean_cost(rows, columns), torch.tensor([[[5.0, 2.0], [3.0, 2.0**0.5]]]))
    torch.testing.assert_close(squared_euclidean_cost(rows, columns), torch.tensor([[[25.0, 4.0], [9.0, 2.0]]]))


@pytest.mark.parametrize("name", COSTS)
def test_gradient_is_finite_where_states_are_equal_or_zero(name):
    states = torch.tensor([[[1.0, 2.0], [0.0, 0.0]]], requires_grad=True)
    COSTS[name](states, states.detach().clone()).sum().backward()
    assert states.grad.isfinite().all()


@pytest.mark.parametrize("name", COSTS)
def test_gradient_agrees_with_finite_differences(name):
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(2, 3, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    columns = torch.randn(2, 5, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(COSTS[name], (rows, columns))


def test_small_distances_keep_their_digits():
    states = torch.full((1, 40, 8), 100.0)  # more than 25 rows, where torch would take the shortcut
    moved = states + 1e-3
    expected = torch.full((1, 40, 40), 1e-3 * 8**0.5)
    torch.testing.assert_close(euclidean_cost(states, moved), expected, rtol=0.05, atol=0)
