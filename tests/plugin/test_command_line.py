import os
import subprocess
import sys

import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.command_line import Command, check_command, read_local_topics, running_command


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
    assert Command("pyserini.search.lucene", ("--encoder", name)).student == name
    assert Command("pyserini.index.lucene", ("--encoder", name)).student is None


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
        ('{"1": {"title": "nani"}, "2": {"title": " "}}', "query 2 is empty"),
        ('{"1": {"title": "nani"}, "2": {}}', "query 2 has no text"),
        ('["nani"]', "topic 1: is a text, but a JSON object is expected"),
        ('{"1": {"title": "nani"},\n', r"topics\.json:2: is not JSON"),
    ],
)
def test_bad_json_topics_stop_the_command(tiny_packs, tmp_path, topics, words):
    (tmp_path / "topics.json").write_text('{"1": {"title": "nani"}}', encoding="utf-8")
    command = search(tiny_packs, make_index(tmp_path), tmp_path / "topics.json")
    check_command(command)
    (tmp_path / "topics.json").write_text(topics, encoding="utf-8")
    read_local_topics.cache_clear()
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


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("dup.json", '{"1":{"title":"maji safi"},"1":{"title":"daktari"}}', "key '1' occurs twice"),
        ("spaces.json", '{"q 1":{"title":"maji safi"}}', "identifier 'q 1' is empty or contains white space"),
        (
            "title.jsonl",
            '{"id":"1","title":"maji"}\n{"id":"2","text":"daktari"}\n',
            "title.jsonl:2: a topic without title",
        ),
        ("empty.trec", "<top>\n<num> 1\n<title> \n<desc> maji\n</top>\n", "empty.trec:1: query 1 is empty"),
        (
            "twice.jsonl.gz",
            '{"id":"1","title":"maji"}\n{"id":"1","title":"safi"}\n',
            "twice.jsonl.gz:2: query 1 occurs",
        ),
    ],
)
def test_topics_of_which_pyserini_would_lose_a_part_stop_the_command(tiny_packs, tmp_path, name, text, words):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(OpticalError, match=words):
        check_command(search(tiny_packs, make_index(tmp_path), tmp_path / name))


@pytest.mark.parametrize(
    ("docids", "vectors", "words"),
    [
        (["doc d1", "doc d2", "doc d3"], 3, "docid:1: identifier 'doc d1' is empty or contains white space"),
        ([], 0, "contains no vectors, so its encoding failed"),
        (["d1", "d2"], 3, "3 vectors, but 2 documents"),
    ],
)
def test_an_index_that_no_run_can_come_of_stops_the_command(tiny_packs, tmp_path, docids, vectors, words):
    import faiss

    (tmp_path / "topics.tsv").write_text("1\tnani\n", encoding="utf-8")
    index = make_index(tmp_path)
    empty = faiss.IndexFlatIP(16)
    empty.add(np.eye(16, dtype=np.float32)[:vectors])
    faiss.write_index(empty, str(index / "index"))
    (index / "docid").write_text("".join(f"{docid}\n" for docid in docids), encoding="utf-8")
    with pytest.raises(OpticalError, match=words):
        check_command(search(tiny_packs, index, tmp_path / "topics.tsv"))


@pytest.mark.parametrize(
    ("read", "encoded", "sound"),
    [
        ((), (), True),
        (("text",), ("text",), True),
        (("title", "text"), ("title", "text"), True),
        (("title", "text"), ("text",), True),
        (("contents",), (), False),
        (("contents",), ("contents",), False),
        (("title",), ("title",), False),
        (("text",), ("title", "text"), False),
        (("title", "text", "url"), ("title", "text", "url"), False),
    ],
)
def test_fields_that_the_encoder_would_miss_stop_the_command(tiny_packs, read, encoded, sound):
    """Pyserini asks for them once its output is open, and leaves an index of no vectors."""
    words = ["input", "--corpus", "c", *(["--fields", *read] if read else []), "output", "--to-faiss"]
    words += [
        "encoder",
        "--encoder",
        str(tiny_packs),
        *(["--fields", *encoded] if encoded else []),
        "--dimension",
        "16",
    ]
    command = Command("pyserini.encode", tuple(words))
    if sound:
        check_command(command)
    else:
        with pytest.raises(OpticalError, match="pass both sub-commands --fields text"):
            check_command(command)


@pytest.mark.parametrize("hits", ["0", "-1", "1.5", "many"])
def test_no_hits_stop_the_command(tiny_packs, tmp_path, hits):
    (tmp_path / "topics.tsv").write_text("1\tnani\n", encoding="utf-8")
    command = search(tiny_packs, make_index(tmp_path), tmp_path / "topics.tsv")
    with pytest.raises(OpticalError, match=f"--hits {hits}: give a whole number of at least 1"):
        check_command(Command(command.module, (*command.arguments, "--hits", hits)))
    check_command(Command(command.module, (*command.arguments, "--hits", "10")))


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
    import faiss

    (folder / "index").mkdir(exist_ok=True)
    index = faiss.IndexFlatIP(16)
    index.add(np.eye(16, dtype=np.float32)[:3])
    faiss.write_index(index, str(folder / "index" / "index"))
    (folder / "index" / "docid").write_text("d1\nd2\nd3\n", encoding="utf-8")
    return folder / "index"


def search(encoder, index, topics):
    words = ("--encoder", encoder, "--index", index, "--topics", topics, "--output", "o")
    return Command("pyserini.search.faiss", tuple(map(str, words)))
