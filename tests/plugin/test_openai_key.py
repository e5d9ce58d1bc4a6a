import os

import pytest

from pyserini_optical.plugin import openai_key


@pytest.mark.parametrize(("version", "lent"), [("2.12.0", False), ("3.0.1", True), ("10.1", True), ("unknown", False)])
def test_a_stand_in_for_the_import_alone(monkeypatch, version, lent):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(openai_key, "version", lambda name: version)
    openai_key.lend_key()
    assert ("OPENAI_API_KEY" in os.environ) == lent
    openai_key.take_key_back(os)
    assert "OPENAI_API_KEY" not in os.environ


def test_a_key_that_is_there_stays(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setattr(openai_key, "version", lambda name: "3.0.0")
    openai_key.lend_key()
    openai_key.take_key_back(os)
    assert os.environ["OPENAI_API_KEY"] == "sk-real"
