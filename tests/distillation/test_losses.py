import math

import pytest
import torch

from pyserini_optical.distillation.losses import LOSSES, LossOutput, make_loss
from pyserini_optical.distillation.losses.greedy import align_greedily
from pyserini_optical.distillation.states import TokenStates
from pyserini_optical.errors import OpticalError
from pyserini_optical.transport import TRAINING_OPTIONS, cosine_cost, solve, uniform_mass


def make_states(tokens, lengths, seed, dtype=torch.float32, grad=False):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(len(lengths), tokens, 8, generator=generator, dtype=dtype).requires_grad_(grad)
    mask = torch.arange(tokens) < torch.tensor(lengths).unsqueeze(1)
    content = mask.clone()
    content[:, 0] = False
    return TokenStates(states, mask, content)


def one(rows):
    states = torch.tensor([rows])
    return TokenStates(states, torch.ones(states.shape[:2], dtype=torch.bool))


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_finite_differentiable_and_blind_to_padding(name):
    student, teacher = make_states(7, [7, 4, 1], 0, grad=True), make_states(5, [5, 2, 3], 1)
    loss = make_loss(name)
    output = loss(student, teacher)
    assert isinstance(output, LossOutput)
    assert output.parts
    assert not any(part.requires_grad for part in output.parts.values())
    output.loss.backward()
    assert student.states.grad.isfinite().all()
    assert student.states.grad[0].abs().sum() > 0
    assert not student.states.grad[~student.mask].any()
    noise = torch.where(student.mask.unsqueeze(2), student.states.detach(), 100.0)
    again = loss(TokenStates(noise, student.mask, student.content), teacher)
    torch.testing.assert_close(again.loss, output.loss.detach())


@pytest.mark.parametrize("name", ["ot+pooled", "ot", "pooled", "pooled-mse", "greedy"])
def test_equal_sides_lose_nothing(name):
    student = make_states(6, [6, 3], 2)
    assert make_loss(name)(student, student).loss.item() == pytest.approx(0, abs=1e-5)


def test_ot_loss_is_the_optimum():
    student, teacher = make_states(9, [9, 5], 3), make_states(8, [8, 6], 4)
    loss = make_loss("ot", steps=5000, check_every=10, tolerance=1e-4, feasible=True)(student, teacher).loss
    exact = make_loss("ot", method="exact")(student, teacher).loss
    assert loss.item() == pytest.approx(exact.item(), rel=1e-3)


def test_ot_gradient_agrees_with_finite_differences_at_a_fixed_plan():
    student = make_states(4, [4, 3], 5, dtype=torch.float64, grad=True)
    teacher = make_states(5, [5, 2], 6, dtype=torch.float64)
    plan = solve(
        cosine_cost(student.states, teacher.states).detach(),
        uniform_mass(student.mask).double(),
        uniform_mass(teacher.mask).double(),
        **TRAINING_OPTIONS,
    ).plan

    def at_fixed_plan(states):
        return (plan * cosine_cost(states, teacher.states)).sum((1, 2)).mean()

    assert torch.autograd.gradcheck(at_fixed_plan, student.states)
    make_loss("ot")(student, teacher).loss.backward()
    (expected,) = torch.autograd.grad(at_fixed_plan(student.states), student.states)
    torch.testing.assert_close(student.states.grad, expected, atol=1e-6, rtol=1e-4)


def test_euclidean_transport_bounds_the_distance_of_the_means():
    student, teacher = make_states(9, [9, 5], 7), make_states(8, [8, 6], 8)
    bound = make_loss("ot", cost="euclidean", method="exact")(student, teacher).loss
    assert (student.pooled() - teacher.pooled()).norm(dim=1).mean() <= bound


def test_weighted_sum():
    student, teacher = make_states(5, [5, 2], 9), make_states(4, [4, 4], 10)
    both = make_loss("ot+pooled", ot_weight=0.5, pooled_weight=3.0)(student, teacher)
    expected = 0.5 * make_loss("ot")(student, teacher).loss + 3 * make_loss("pooled")(student, teacher).loss
    torch.testing.assert_close(both.loss, expected)
    assert both.parts.keys() == {"ot_cost", "marginal_error", "pooled"}


def test_special_tokens_in_or_out():
    student = TokenStates(
        torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]), torch.ones(1, 2).bool(), torch.tensor([[False, True]])
    )
    teacher = one([[0.0, 1.0]])
    assert make_loss("ot")(student, teacher).loss.item() == pytest.approx(0.5)
    assert make_loss("ot", special_tokens=False)(student, teacher).loss.item() == pytest.approx(0, abs=1e-6)


def test_masses():
    states = torch.tensor([[[3.0, 0.0], [0.0, 1.0]]])
    student = TokenStates(states, torch.ones(1, 2).bool(), weights=torch.tensor([[1.0, 9.0]]))
    teacher = TokenStates(torch.tensor([[[1.0, 0.0]]]), torch.ones(1, 1).bool(), weights=torch.ones(1, 1))
    for mass, expected in (("uniform", 0.5), ("norm", 0.25), ("idf", 0.9)):
        assert make_loss("ot", mass=mass)(student, teacher).loss.item() == pytest.approx(expected)
    with pytest.raises(OpticalError, match="needs token weights"):
        make_loss("ot", mass="idf")(one([[1.0, 0.0]]), teacher)


def test_hand_computed_peers():
    student, teacher = one([[1.0, 0.0], [1.0, 0.0]]), one([[0.0, 2.0], [0.0, 4.0], [0.0, 0.0]])
    assert make_loss("pooled")(student, teacher).loss.item() == pytest.approx(1.0)
    assert make_loss("pooled-mse")(student, teacher).loss.item() == pytest.approx((1 + 4) / 2)
    assert make_loss("pooled", pooling="cls")(student, one([[5.0, 0.0], [0.0, 9.0]])).loss.item() == pytest.approx(0)


def test_infonce_over_two_pairs():
    states = TokenStates(torch.eye(2).unsqueeze(1), torch.ones(2, 1).bool())
    output = make_loss("infonce", temperature=0.5)(states, states)
    assert output.loss.item() == pytest.approx(math.log(1 + math.exp(-2)))
    assert output.parts["in_batch_accuracy"].item() == 1


def test_greedy_alignment_takes_the_most_similar_pair_first():
    similarity = torch.tensor([[[0.9, 0.8, 0.0], [0.85, 0.1, 0.2]]])  # the best assignment would be 0-1, 1-0
    problem, row, column = align_greedily(similarity, torch.ones(1, 2).bool(), torch.ones(1, 3).bool())
    assert list(zip(problem.tolist(), row.tolist(), column.tolist(), strict=True)) == [(0, 0, 0), (0, 1, 2)]


def test_greedy_alignment_leaves_padding_alone():
    rows = torch.tensor([[True, True], [True, False]])
    problem, row, _ = align_greedily(torch.rand(2, 2, 3), rows, torch.tensor([[True] * 3, [True] * 3]))
    assert sorted(zip(problem.tolist(), row.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0)]


def test_bf16_autocast_does_not_reach_the_plan():
    student, teacher = make_states(6, [6, 4], 11), make_states(6, [6, 5], 12)
    plain = make_loss("ot")(student, teacher).loss
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(make_loss("ot")(student, teacher).loss, plain)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("magic", {}, "choose one of ot\\+pooled"),
        ("ot", {"cost": "manhattan"}, "cost 'manhattan'"),
        ("ot", {"mass": "length"}, "mass 'length'"),
        ("pooled", {"tau": 1}, "tau"),
    ],
)
def test_what_cannot_be_made_is_refused(name, options, message):
    with pytest.raises(OpticalError, match=message):
        make_loss(name, **options)
