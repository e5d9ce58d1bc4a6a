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


@pytest.mark.parametrize(("capability", "precision", "warned"), [
    ("AVX2", "bf16", True), ("AVX2", "float32", False), ("AVX512", "bf16", False),
])  # fmt: skip
def test_bf16_on_a_processor_without_it_is_warned_of(recipe, monkeypatch, caplog, capability, precision, warned):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    set_up(replace(recipe, precision=precision))
    assert ("float32" in caplog.text) == warned
