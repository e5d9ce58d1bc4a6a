"""`add-language`, run for real on sixty-four pairs."""

import io
import json
import sys

import pytest

from pyserini_optical.bitext import load_bitext
from pyserini_optical.commands import main
from pyserini_optical.distillation.trainer import DistillationTrainer
from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.lexicon import TranslationTable
from tests.distillation.conftest import PAIRS, bitext, teacher  # noqa: F401

TMX_PAIR = '<tu><tuv xml:lang="en"><seg>{}</seg></tuv><tuv xml:lang="sw-KE"><seg>{}</seg></tuv></tu>'


@pytest.fixture
def words(bitext, teacher, tmp_path):  # noqa: F811
    return ["add-language", "--bitext", str(bitext), "--teacher", str(teacher), "--output", str(tmp_path / "students")]


@pytest.fixture
def reads(monkeypatch):
    """The bitext files that are read."""
    seen = []

    def load(files, *arguments, **options):
        seen.extend(map(str, files))
        return load_bitext(files, *arguments, **options)

    for home in ("pyserini_optical.bitext.load", "pyserini_optical.distillation.setup"):
        monkeypatch.setattr(f"{home}.load_bitext", load)
    return seen


def test_everything_is_made_from_one_reading(words, bitext, reads, tmp_path, capsys):  # noqa: F811
    assert main([*words, "--minutes", "0.01"]) == 0
    assert reads == [str(bitext)]
    home = tmp_path / "students" / "swa"
    table = TranslationTable.load(home)
    assert table.translations("mto")
    assert table.provenance["bitext"][0]["file"] == "swa.tsv"
    assert len(table.provenance["bitext"][0]["sha256"]) == 64
    assert (table.provenance["dropped"], table.provenance["malformed"]) == ({}, 0)
    assert load_query_encoder(str(home)).encode("mji mkuu").shape == (16,)
    assert "swa, 58 pairs, 0 steps" in capsys.readouterr().out
    assert main([*words, "--minutes", "0.01"]) == 2
    assert "already has packs for swa; pass --overwrite" in capsys.readouterr().err


def test_what_is_ready_is_said_before_training(words, monkeypatch):
    class Stream(io.StringIO):
        shown = ""

        def flush(self):
            self.shown = self.getvalue()

    def stop(*arguments, **options):
        raise KeyboardInterrupt

    stream = Stream()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(DistillationTrainer, "training_step", stop)
    assert main([*words, "--minutes", "0.01"]) == 130
    assert "swa, 58 pairs, 0 steps" in stream.shown
    assert "to search: pyserini-optical search" in stream.shown


def test_the_same_command_goes_on_after_a_kill(words, monkeypatch, tmp_path, capsys):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(DistillationTrainer, "training_step", stop)
        assert main([*words, "--minutes", "0.01"]) == 130
    budget = json.loads((tmp_path / "students.training" / "swa" / "budget.json").read_text(encoding="utf-8"))
    assert main([*words, "--minutes", "0.01"]) == 0
    printed = capsys.readouterr().out
    assert "learned before" in printed
    assert f"{budget['steps']} steps" in printed


def test_another_bitext_or_budget_is_made_anew_only_when_asked(words, bitext, tmp_path, capsys):  # noqa: F811
    assert main([*words, "--minutes", "0.01"]) == 0
    bitext.write_text(bitext.read_text(encoding="utf-8").replace("ziwa", "bahari"), encoding="utf-8")
    assert main([*words, "--minutes", "0.02", "--overwrite"]) == 0
    assert TranslationTable.load(tmp_path / "students" / "swa").translations("bahari")
    run = json.loads((tmp_path / "students.training" / "swa" / "run.json").read_text(encoding="utf-8"))
    assert (run["finished"], run["fingerprint"]["minutes"]) == (True, 0.02)


def test_any_kind_of_bitext_by_any_name_of_the_language(words, tmp_path, capsys):
    units = [TMX_PAIR.format(f"{english} {n} of the", f"{swahili} {n}") for n in range(8) for english, swahili in PAIRS]
    path = tmp_path / "en-sw.tmx"
    path.write_text(f"<tmx><body>{''.join(units)}<tu><broken></tu></body></tmx>", encoding="utf-8")
    words[words.index("--bitext") + 1] = str(path)
    assert main([*words, "--minutes", "0", "--on-error", "skip"]) == 0
    assert main([*words, "--minutes", "0", "--language", "Kiswahili", "--overwrite"]) == 2
    assert "--on-error skip" in capsys.readouterr().err
    assert TranslationTable.load(tmp_path / "students" / "swa").provenance["malformed"] == 1


def test_another_language_than_the_name_says_is_said(words, bitext, tmp_path, caplog):  # noqa: F811
    somali = bitext.with_name("som.tsv")
    somali.write_text(bitext.read_text(encoding="utf-8").replace("eng\tswa", "eng\tsom"), encoding="utf-8")
    words[words.index("--bitext") + 1] = str(somali)
    assert main([*words, "--minutes", "0"]) == 0
    assert "of the Somali sentences read like Swahili (swa)" in caplog.text


def test_swapped_sides_and_false_codes_are_one_line(words, bitext, capsys):  # noqa: F811
    bitext.write_text(bitext.read_text(encoding="utf-8").replace("eng\tswa", "swa\teng"), encoding="utf-8")
    assert main(words) == 2
    assert "the sides look swapped" in capsys.readouterr().err
    for name in ("../../up", "Hausa language", "xx"):
        assert main([*words, "--language", name]) == 2
        assert f"language {name.lower()!r} is not known" in capsys.readouterr().err
    assert main([*words, "--language", "eng"]) == 2
