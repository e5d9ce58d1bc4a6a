import pytest
import torch

from pyserini_optical.errors import OpticalError
from pyserini_optical.transport import norm_mass, uniform_mass, weighted_mass

MASK = torch.tensor([[True, True, False], [True, False, False]])


def test_uniform_over_the_mask():
    torch.testing.assert_close(uniform_mass(MASK), torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]))


def test_weights_outside_the_mask_do_not_count():
    weights = torch.tensor([[1.0, 3.0, 100.0], [0.0, 5.0, 5.0]])
    torch.testing.assert_close(weighted_mass(weights, MASK), torch.tensor([[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]]))


def test_mass_by_norm():
    states = torch.tensor([[[3.0, 4.0], [0.0, 15.0], [9.0, 9.0]], [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]])
    torch.testing.assert_close(norm_mass(states, MASK), torch.tensor([[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]]))


def test_a_text_without_tokens_is_refused():
    with pytest.raises(OpticalError, match="problem 1 has no tokens"):
        uniform_mass(torch.tensor([[True], [False]]))
