import argparse
import os
import shlex
from pathlib import Path

import pytest

from pyserini_optical.commands import demo, export, search, serve
from pyserini_optical.encoder import read_checkpoint
from pyserini_optical.errors import OpticalError


@pytest.fixture
def home(tmp_path):
    """A demo folder, and a module `make` that writes its last argument, or half of it and fails."""
    (tmp_path / "make.py").write_text(
        "import pathlib, sys\n"
        "pathlib.Path(sys.argv[-1]).write_text('half')\n"
        "if sys.argv[1] == 'fail': sys.exit('error: the disk is full')\n"
        "pathlib.Path(sys.argv[-1]).write_text('whole')\n",
        encoding="utf-8",
    )
    return tmp_path


def run(home, words="well", student="s", fresh=False, task=""):
    step = demo.DemoStep(home / "runs" / "a.txt", f"make {words}", task=task)
    return demo._run_step(step, student, {**os.environ, "PYTHONPATH": str(home)}, home, fresh)


def test_a_finished_step_is_reused_and_a_command_can_be_copied(home, capsys):
    assert run(home)
    assert capsys.readouterr().out == f"python -m make well {home}/runs/a.txt\n"
    (home / "runs" / "a.txt").write_text("kept", encoding="utf-8")
    assert not run(home)
    assert capsys.readouterr().out.startswith("already done: python -m make well")
    assert (home / "runs" / "a.txt").read_text(encoding="utf-8") == "kept"


def test_a_long_step_is_announced_where_it_is_run(home, capsys):
    assert run(home, task="encoding 7 passages")
    assert capsys.readouterr().err == "encoding 7 passages ...\n"
    assert not run(home, task="encoding 7 passages")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("change", [{"words": "otherwise"}, {"student": "t"}, {"fresh": True}])
def test_what_has_changed_is_run_anew(home, change):
    run(home)
    assert run(home, **change)


def test_what_was_cut_short_is_run_anew(home):
    (home / "runs").mkdir()
    (home / "runs" / "a.txt").write_text("half", encoding="utf-8")
    assert run(home)
    assert (home / "runs" / "a.txt").read_text(encoding="utf-8") == "whole"
    (home / "runs" / "a.txt").unlink()
    assert run(home)


def test_a_command_that_fails_leaves_nothing_and_is_quoted_in_one_line(home):
    with pytest.raises(OpticalError) as caught:
        run(home, "fail")
    message = str(caught.value)
    assert message.startswith("the disk is full (exit status 1 of: python -m make fail")
    assert "\n" not in message
    assert not (home / "runs" / "a.txt").exists()
    assert run(home)


def test_the_steps_feed_one_another(tiny_packs):
    parser = argparse.ArgumentParser()
    demo.configure(parser)
    options = parser.parse_args(["--encoder", str(tiny_packs), "--set", "flores", "--language", "som", "--output", "d"])
    steps = list(demo.list_steps(options))
    assert "lowres-clir/flores/som" in steps[0].command
    assert "--dimension 16 " in steps[1].arguments
    assert [step.task for step in steps if step.task] == [steps[1].task] == ["encoding 5,920 passages"]
    made = set()
    for step in steps:
        read = {word for word in step.command[:-1] if word.startswith("d/")}
        assert {Path(*Path(word).parts[:3]) for word in read} <= made | {
            Path(word) for word in read if "collection" in word
        }
        made.add(step.output)
    assert [step.label for step in steps if step.label] == [
        "BM25, untranslated",
        f"dense, {tiny_packs}",
        "hybrid of the two above",
        "BM25, structured queries",
        "hybrid with structured queries",
        "BM25, human translation",
        "dense, human translation",
    ]


def test_english_asks_for_no_translation_table(tiny_packs):
    parser = argparse.ArgumentParser()
    demo.configure(parser)
    options = parser.parse_args(["--encoder", str(tiny_packs), "--set", "flores", "--language", "eng"])
    assert not any("--table" in step.command for step in demo.list_steps(options))


def test_the_demo_ends_by_saying_how_to_ask(tmp_path):
    (tmp_path / "collection").mkdir()
    (tmp_path / "collection" / "topics.tsv").write_text("1\tnani alikuwa wa kwanza 'kuona' ziwa?\n2\tmaji\n", "utf-8")
    said = demo.say_how_to_ask(tmp_path, ".venv/bin/pyserini-optical")
    commands = [shlex.split(line) for line in said.splitlines() if line.startswith("  ")]
    assert [words[:2] for words in commands] == [[".venv/bin/pyserini-optical", verb] for verb in ("search", "serve")]
    for verb, words in zip((search, serve), commands, strict=True):
        parser = argparse.ArgumentParser()
        verb.configure(parser)
        options = parser.parse_args(words[2:])
        assert options.lucene_index == str(tmp_path / "indexes" / "bm25")
        assert options.dense_index == str(tmp_path / "indexes" / "dense")
    assert commands[0][2] == "nani alikuwa wa kwanza 'kuona' ziwa?"
    assert "  python -m pyserini_optical serve" in demo.say_how_to_ask(tmp_path, "/usr/lib/python3/__main__.py")


def test_the_export_verb(tiny_packs, tmp_path, capsys):
    parser = argparse.ArgumentParser()
    export.configure(parser)
    export.run(parser.parse_args([str(tiny_packs), "--language", "som", "--output", str(tmp_path / "som")]))
    assert list(read_checkpoint(tmp_path / "som").languages) == ["som"]
    assert "--encoder-class auto --pooling mean --l2-norm" in capsys.readouterr().out
