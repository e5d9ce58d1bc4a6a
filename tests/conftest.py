"""Fixtures every area may use."""

from pathlib import Path

import pytest

from tests.tiny import make_packs, make_teacher


@pytest.fixture(scope="session")
def tiny_teacher(tmp_path_factory) -> Path:
    """A two-layer BERT of 16 dimensions with 14 English words."""
    return make_teacher(tmp_path_factory.mktemp("teacher"))


@pytest.fixture
def tiny_packs(tiny_teacher, tmp_path) -> Path:
    """A pack folder with Swahili and Somali for the tiny teacher, and a recogniser."""
    return make_packs(tmp_path / "packs", tiny_teacher)
