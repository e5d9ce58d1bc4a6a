import os
import subprocess
import sys

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.command_line import Command, check_command, running_command


@pytest.fixture(autouse=True)
def keep_hook():
    hook = sys.excepthook
    yield
    sys.excepthook = hook


def test_flags_apart_and_joined():
    words = ("--encoder", "a", "--encoder=b", "--encoder-class", "c", "--encoder")
    assert Command("m", words).values("--encoder") == ["a", "b"]


def test_sections_of_the_hybrid_command_in_any_order():
    words = ("sparse", "--index", "s", "dense", "--index", "d", "--encoder", "e", "run", "--topics", "t")
    assert Command("pyserini.search.hybrid", words).section_values("dense", "--index") == ["d"]


def test_only_pyserinis_commands_with_a_student_are_ours(tiny_packs):
    name = str(tiny_packs)
    faiss = Command("pyserini.search.faiss", ("--encoder", name))
    assert faiss.student == name
    assert not faiss.wants_dense_search
    assert Command("pyserini.search", (f"--encoder={name}",)).wants_dense_search
    assert not Command("pyserini.search", ("--encoder", "castorini/ance")).wants_dense_search
    assert Command("pyserini.search.lucene", ("--encoder", name)).student is None


def test_a_process_without_a_command_of_pyserinis_runs_none():
    assert running_command() is None
    check_command(None)


# Each starts the module `pyserini.shown` (below), which prints what the plug-in takes for the running command.
@pytest.mark.parametrize(
    "words",
    [
        ["-m", "pyserini.shown"],
        ["-W", "ignore", "-X", "dev", "-m", "pyserini.shown"],
        ["-um", "pyserini.shown"],
        ["-m", "cProfile", "-o", "profile", "-m", "pyserini.shown"],
        ["-m", "trace", "--count", "-C", "counts", "--module", "pyserini.shown"],
        ["-c", "import runpy; runpy.run_module('pyserini.shown', run_name='__main__', alter_sys=True)"],
        ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1", "-m", "pyserini.shown"],
    ],
)
def test_the_command_is_known_whoever_starts_it(words, tmp_path):
    package = tmp_path / "pyserini"
    package.mkdir()
    shown = (
        "from pyserini_optical.plugin.command_line import running_command\n"
        "command = running_command()\n"
        "print(__name__, command.module, command.student)\n"
    )
    (package / "__init__.py").write_text(shown, encoding="utf-8")
    (package / "shown.py").write_text(shown, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *words, "--encoder", "optical"],
        cwd=tmp_path,
        env={**os.environ, "PYSERINI_OPTICAL_HOOK": "0", "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    printed = [line for line in done.stdout.splitlines() if "pyserini.shown" in line]
    assert printed == ["pyserini pyserini.shown None", "__main__ pyserini.shown None"], done.stderr


@pytest.mark.parametrize(
    ("topics", "words"),
    [("1\tnani\n1\tmji\n", "1"), ("1\tnani\n2\t \n", ":2"), ("1 nani\n", ":1")],
)
def test_bad_topics_stop_the_command(tiny_packs, tmp_path, topics, words):
    index = make_index(tmp_path)
    (tmp_path / "topics.tsv").write_text(topics, encoding="utf-8")
    command = search(tiny_packs, index, tmp_path / "topics.tsv")
    with pytest.raises(OpticalError, match=r"topics\.tsv") as caught:
        check_command(command)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("topics", "words"),
    [
        ('{"1": {"title": "nani"}, "2": {"title": " "}}', "query 2 has no text"),
        ('{"1": {"title": "nani"}, "2": {}}', "query 2 has no text"),
        ('["nani"]', "JSON topics are"),
        ('{"1": {"title": "nani"},\n', r"topics\.json:2: is not JSON"),
    ],
)
def test_bad_json_topics_stop_the_command(tiny_packs, tmp_path, topics, words):
    (tmp_path / "topics.json").write_text('{"1": {"title": "nani"}}', encoding="utf-8")
    command = search(tiny_packs, make_index(tmp_path), tmp_path / "topics.json")
    check_command(command)
    (tmp_path / "topics.json").write_text(topics, encoding="utf-8")
    with pytest.raises(OpticalError, match=words):
        check_command(command)


def test_bad_indexes_stop_the_command(tiny_packs, tmp_path):
    (tmp_path / "topics.tsv").write_text("1\tnani\n", encoding="utf-8")
    command = search(tiny_packs, make_index(tmp_path), tmp_path / "topics.tsv")
    check_command(command)
    command = search(tiny_packs, tmp_path / "none", tmp_path / "topics.tsv")
    with pytest.raises(OpticalError, match="none: no such index"):
        check_command(command)
    (tmp_path / "index" / "docid").unlink()
    command = search(tiny_packs, tmp_path / "index", tmp_path / "topics.tsv")
    with pytest.raises(OpticalError, match="no file docid"):
        check_command(command)


def test_missing_topics_and_pyserinis_own(tiny_packs, tmp_path):
    command = search(tiny_packs, make_index(tmp_path), "msmarco-passage-dev-subset")
    check_command(command)
    command = search(tiny_packs, tmp_path / "index", tmp_path / "none.tsv")
    with pytest.raises(OpticalError, match="no such file"):
        check_command(command)


def test_a_faiss_index_of_the_wrong_dimension_is_not_begun(tiny_packs):
    words = ("output", "--to-faiss", "encoder", "--encoder", str(tiny_packs))
    command = Command("pyserini.encode", words)
    with pytest.raises(OpticalError, match=r"--dimension is 768, .*; add --dimension 16"):
        check_command(command)
    check_command(Command("pyserini.encode", (*words, "--dimension", "16")))


def make_index(folder):
    (folder / "index").mkdir(exist_ok=True)
    for file in ("index", "docid"):
        (folder / "index" / file).touch()
    return folder / "index"


def search(encoder, index, topics):
    words = ("--encoder", encoder, "--index", index, "--topics", topics, "--output", "o")
    return Command("pyserini.search.faiss", tuple(map(str, words)))
