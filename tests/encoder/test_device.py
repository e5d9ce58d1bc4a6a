import pytest
import torch

from pyserini_optical.encoder.device import check_device, quietly
from pyserini_optical.encoder.query import OpticalQueryEncoder
from pyserini_optical.errors import OpticalError


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "cpu:x", "", "CPU", "meta", "mps"])
def test_a_device_that_is_not_here_is_one_line(name):
    if name == "mps" and torch.backends.mps.is_available():
        pytest.skip("this machine has the device mps")
    with pytest.raises(OpticalError, match=r"cannot be used .*; available: cpu") as caught:
        check_device(name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_device_that_is_here():
    assert check_device("cpu") == "cpu"


def test_an_encoder_names_the_device(tiny_packs):
    with pytest.raises(OpticalError, match="device 'gpu' cannot be used"):
        OpticalQueryEncoder(tiny_packs, device="gpu")


def test_loading_draws_no_bars_and_leaves_those_of_others(tiny_packs, capfd):
    from transformers.utils import logging

    OpticalQueryEncoder(tiny_packs)
    assert "Loading weights" not in capfd.readouterr().err
    before = logging.is_progress_bar_enabled()
    with quietly():
        assert not logging.is_progress_bar_enabled()
    assert logging.is_progress_bar_enabled() == before
