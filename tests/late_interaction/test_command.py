import json
import re
import subprocess
import sys

import pytest

from pyserini_optical.commands import main
from pyserini_optical.runs import read_run, write_run


@pytest.fixture(scope="module")
def files(tmp_path_factory, checkpoint):
    import numpy as np

    from tests.late_interaction.checkpoints import WORDS

    folder = tmp_path_factory.mktemp("command")
    generator = np.random.default_rng(0)
    with open(folder / "corpus.jsonl", "w") as corpus:
        for number in range(100):
            passage = {"id": f"d{number}", "contents": " ".join(generator.choice(WORDS, size=10))}
            corpus.write(json.dumps(passage) + "\n")
    (folder / "topics.tsv").write_text("q1\tlargest lake\nq2\tfirst doctor\n")
    arguments = ["--encoder", str(checkpoint("stanford"))]
    index = ["late", "index", "--input", str(folder / "corpus.jsonl"), "--index", str(folder / "late"), *arguments]
    assert main(index) == 0
    return folder, arguments


def test_search_writes_a_run(files):
    folder, encoder = files
    common = ["--topics", str(folder / "topics.tsv"), "--index", str(folder / "late"), *encoder]
    runs = {}
    for scoring in ("exact", "compressed", "exhaustive"):
        output = folder / f"{scoring}.txt"
        assert main(["late", "search", *common, "--hits", "5", "--scoring", scoring, "--output", str(output)]) == 0
        runs[scoring] = read_run(output)
        assert {query: len(ranking) for query, ranking in runs[scoring].items()} == {"q1": 5, "q2": 5}
    assert list(runs["exact"]["q1"]) == list(runs["exhaustive"]["q1"])


@pytest.mark.parametrize("source", ["--index", "--input"])
def test_rerank_writes_a_run(files, source):
    folder, encoder = files
    run = {"q1": {f"d{number}": 9.0 - number for number in range(6)}, "q2": {"d7": 1.0}}
    write_run(folder / "first.txt", run, "bm25", overwrite=True)
    vectors = [source, str(folder / ("late" if source == "--index" else "corpus.jsonl"))]
    if source == "--input":
        vectors += ["--document-encoder", encoder[1]]
    output = folder / f"rerank{source}.txt"
    common = ["--topics", str(folder / "topics.tsv"), "--run", str(folder / "first.txt"), *encoder, *vectors]
    assert main(["late", "rerank", *common, "--rerank-hits", "4", "--output", str(output)]) == 0
    reranked = read_run(output)
    assert sorted(reranked["q1"]) == ["d0", "d1", "d2", "d3"]
    assert list(reranked["q2"]) == ["d7"]


def test_an_output_that_is_there_is_refused_before_any_work(files, capsys):
    folder, _ = files
    (folder / "taken.txt").write_text("x")
    arguments = [
        "late",
        "search",
        "--topics",
        "nowhere.tsv",
        "--index",
        "nowhere",
        "--output",
        str(folder / "taken.txt"),
    ]
    assert main(arguments) == 2
    assert "already exists" in capsys.readouterr().err


def test_help_loads_no_library():
    code = (
        "import sys, pyserini_optical.commands as c\n"
        "try: c.main(['late', 'index', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'numpy', 'faiss'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_collection_too_small_to_compress_is_searched_all_the_same(files, capsys):
    folder, encoder = files
    passages = [{"id": f"d{number}", "contents": "largest lake" if number == 3 else "doctor"} for number in range(12)]
    (folder / "tiny.jsonl").write_text("".join(json.dumps(passage) + "\n" for passage in passages))
    index = ["late", "index", "--input", str(folder / "tiny.jsonl"), "--index", str(folder / "tiny"), *encoder]
    assert main(index) == 0
    said = capsys.readouterr().err
    assert said.startswith(f"{folder / 'tiny'}: encoding the passages of {folder / 'tiny.jsonl'} ...\n")
    assert "compressing" not in said
    assert "tokens are too few to compress; searches will use the token store itself" in said
    search = ["late", "search", "--topics", str(folder / "topics.tsv"), "--index", str(folder / "tiny"), *encoder]
    for number, scoring in enumerate(([], ["--scoring", "exhaustive"])):
        output = folder / f"tiny{number}.txt"
        assert main([*search, *scoring, "--hits", "5", "--output", str(output)]) == 0
        assert next(iter(read_run(output)["q1"])) == "d3"
    assert read_run(folder / "tiny0.txt") == read_run(folder / "tiny1.txt")
    assert main([*search, "--scoring", "compressed", "--output", str(folder / "tiny2.txt")]) == 2
    assert "has no compressed index, which compressed scoring needs; leave out --scoring" in capsys.readouterr().err
    nowhere = ["late", "search", *search[2:4], "--index", "nowhere", *encoder, "--output", str(folder / "n.txt")]
    assert main(nowhere) == 2
    assert "nowhere/compressed: has no token index; build one with" in capsys.readouterr().err


def test_compression_is_announced(files, capsys):
    folder, encoder = files
    index = ["late", "index", "--input", str(folder / "corpus.jsonl"), "--index", str(folder / "late"), *encoder]
    assert main([*index, "--overwrite"]) == 0
    assert re.search(r"late: compressing [\d,]+ tokens \.\.\.\n", capsys.readouterr().err)


def test_passages_that_no_run_can_name_are_found_before_they_are_encoded(files, capsys):
    folder, encoder = files
    (folder / "spaced.jsonl").write_text('{"id": "doc 1", "contents": "lake"}\n')
    index = ["late", "index", "--input", str(folder / "spaced.jsonl"), "--index", str(folder / "spaced"), *encoder]
    assert main(index) == 2
    assert "spaced.jsonl:1: identifier 'doc 1' is empty or contains white space" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_collection_without_passages_is_refused(files, capsys, content):
    folder, encoder = files
    (folder / "empty.jsonl").write_text(content)
    index = ["late", "index", "--input", str(folder / "empty.jsonl"), "--index", str(folder / "empty"), *encoder]
    assert main(index) == 2
    assert "holds no passages" in capsys.readouterr().err
