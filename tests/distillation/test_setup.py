from dataclasses import replace

import pytest
import torch

from pyserini_optical.distillation import setup as stages
from pyserini_optical.distillation.setup import find_device, set_up
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder


def test_a_process_trains_on_the_gpu_of_its_rank(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert find_device() == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert find_device() == torch.device("cuda", 0)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert find_device() == torch.device("cuda", 3)


def test_teacher_and_student_are_moved_there(recipe, monkeypatch):
    moved = []
    monkeypatch.setattr(stages, "find_device", lambda: torch.device("cuda", 1))
    monkeypatch.setattr(TransformerEncoder, "to", lambda encoder, device: moved.append((encoder, device)) or encoder)
    setup = set_up(recipe)
    assert [encoder for encoder, _ in moved] == [setup.teacher.encoder, setup.student]
    assert {device for _, device in moved} == {torch.device("cuda", 1)}


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_timing_a_step_changes_no_weight(recipe, precision):
    recipe = replace(recipe, precision=precision)
    setup = set_up(recipe)
    before = {name: value.clone() for name, value in setup.student.state_dict().items()}
    assert 0 < setup.time_step(recipe) < 60
    assert all(torch.equal(value, before[name]) for name, value in setup.student.state_dict().items())
    assert all(each.grad is None for each in setup.student.parameters())
