import json
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
    assert "exists already" in capsys.readouterr().err


def test_help_loads_no_library():
    code = (
        "import sys, pyserini_optical.commands as c\n"
        "try: c.main(['late', 'index', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'numpy', 'faiss'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
