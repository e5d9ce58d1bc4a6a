import sys

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import command_line


@pytest.fixture
def type_command(monkeypatch):
    def type_it(*words):
        monkeypatch.setattr(sys, "orig_argv", ["python", *map(str, words)])

    hook = sys.excepthook
    yield type_it
    sys.excepthook = hook


@pytest.mark.parametrize(
    ("words", "module"),
    [
        (["-m", "pyserini.encode", "-m", "x"], "pyserini.encode"),
        (["-W", "ignore", "-X", "dev", "-m", "pyserini.encode"], "pyserini.encode"),
        (["-Im", "pyserini.encode"], "pyserini.encode"),
        (["script.py", "-m", "pyserini.encode"], ""),
        (["-c", "pass", "-m", "pyserini.encode"], ""),
        ([], ""),
        (["-m"], ""),
    ],
)
def test_the_module_a_process_runs(type_command, words, module):
    type_command(*words)
    assert command_line.running_command()[0] == module


def test_flags_apart_and_joined():
    words = ["--encoder", "a", "--encoder=b", "--encoder-class", "c", "--encoder"]
    assert command_line.read_flag(words, "--encoder") == ["a", "b"]


def test_sections_of_the_hybrid_command_in_any_order():
    words = ["sparse", "--index", "s", "dense", "--index", "d", "--encoder", "e", "run", "--topics", "t"]
    assert command_line.read_section(words, "dense") == ["--index", "d", "--encoder", "e"]


def test_only_pyserinis_commands_with_a_student_are_ours(type_command, tiny_packs):
    type_command("-m", "pyserini.search.faiss", "--encoder", tiny_packs)
    assert command_line.named_student() == str(tiny_packs)
    assert not command_line.wants_dense_search()
    type_command("-m", "pyserini.search", f"--encoder={tiny_packs}")
    assert command_line.wants_dense_search()
    type_command("-m", "pyserini.search", "--encoder", "castorini/ance")
    assert not command_line.wants_dense_search()
    type_command("-m", "another.module", "--encoder", tiny_packs)
    assert command_line.named_student() is None


@pytest.mark.parametrize(
    ("topics", "words"),
    [("1\tnani\n1\tmji\n", "1"), ("1\tnani\n2\t \n", ":2"), ("1 nani\n", ":1")],
)
def test_bad_topics_stop_the_command(type_command, tiny_packs, tmp_path, topics, words):
    index = make_index(tmp_path)
    (tmp_path / "topics.tsv").write_text(topics, encoding="utf-8")
    type_command(*search(tiny_packs, index, tmp_path / "topics.tsv"))
    with pytest.raises(OpticalError, match=r"topics\.tsv") as caught:
        command_line.check_command()
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
def test_bad_json_topics_stop_the_command(type_command, tiny_packs, tmp_path, topics, words):
    (tmp_path / "topics.json").write_text('{"1": {"title": "nani"}}', encoding="utf-8")
    type_command(*search(tiny_packs, make_index(tmp_path), tmp_path / "topics.json"))
    command_line.check_command()
    (tmp_path / "topics.json").write_text(topics, encoding="utf-8")
    with pytest.raises(OpticalError, match=words):
        command_line.check_command()


def test_bad_indexes_stop_the_command(type_command, tiny_packs, tmp_path):
    (tmp_path / "topics.tsv").write_text("1\tnani\n", encoding="utf-8")
    type_command(*search(tiny_packs, make_index(tmp_path), tmp_path / "topics.tsv"))
    command_line.check_command()
    type_command(*search(tiny_packs, tmp_path / "none", tmp_path / "topics.tsv"))
    with pytest.raises(OpticalError, match="none: no such index"):
        command_line.check_command()
    (tmp_path / "index" / "docid").unlink()
    type_command(*search(tiny_packs, tmp_path / "index", tmp_path / "topics.tsv"))
    with pytest.raises(OpticalError, match="no file docid"):
        command_line.check_command()


def test_missing_topics_and_pyserinis_own(type_command, tiny_packs, tmp_path):
    type_command(*search(tiny_packs, make_index(tmp_path), "msmarco-passage-dev-subset"))
    command_line.check_command()
    type_command(*search(tiny_packs, tmp_path / "index", tmp_path / "none.tsv"))
    with pytest.raises(OpticalError, match="no such file"):
        command_line.check_command()


def test_a_faiss_index_of_the_wrong_dimension_is_not_begun(type_command, tiny_packs):
    words = ["-m", "pyserini.encode", "output", "--to-faiss", "encoder", "--encoder", tiny_packs]
    type_command(*words)
    with pytest.raises(OpticalError, match=r"--dimension is 768, .*; add --dimension 16"):
        command_line.check_command()
    type_command(*words, "--dimension", 16)
    command_line.check_command()


def make_index(folder):
    (folder / "index").mkdir(exist_ok=True)
    for file in ("index", "docid"):
        (folder / "index" / file).touch()
    return folder / "index"


def search(encoder, index, topics):
    return ["-m", "pyserini.search.faiss", "--encoder", encoder, "--index", index, "--topics", topics, "--output", "o"]
