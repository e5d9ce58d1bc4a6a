"""What people have met with Pyserini's own commands: the indexes and topics that others make, for real."""

import gzip
import json
import shutil

import numpy as np
import pytest

from pyserini_optical.runs import read_run
from tests.plugin.test_pyserini import fails_in_one_line

MANY = """
import json, runpy, sys
for module, *words in json.loads(sys.argv[1]):
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def run_many(installation, work, commands):
    """Run several commands in one process: a JVM takes longer to start than they take."""
    return installation.run("-c", MANY, json.dumps([list(map(str, words)) for words in commands]), cwd=work)


def command(index, topics, output, *more):
    words = ("--index", index, "--topics", topics, "--hits", "10", "--output", output)
    return ("pyserini.search.faiss", "--encoder", "optical-swa", *words, *more)


TREC = """<top>
<num> Number: 001
<title> maji safi

<desc> Description:
</top>
<top>
<num> q2 </num>
<title> daktari </title>
</top>
"""
TOPICS = {
    "zeros.tsv": ("1\tmaji safi\n01\tdaktari\n001\tmalaria\n", ["001", "01", "1"]),
    "bom.tsv": ("\ufeff1\tmaji safi\n2\tdaktari\n", ["1", "2"]),
    "packed.tsv": (gzip.compress(b"01\tmaji safi\n2\tdaktari\n"), ["01", "2"]),
    "bom.json": ('\ufeff{"01": {"title": "maji safi"}, "q": {"title": "daktari"}}', ["01", "q"]),
    "zeros.jsonl": ('{"id":"001","title":"maji safi"}\n{"id":"02","title":"daktari"}\n', ["001", "02"]),
    "topics.301": (TREC, ["001", "q2"]),
}


def test_topics_of_every_shape_keep_their_identifiers(installation, work):
    for name, (content, _) in TOPICS.items():
        (work / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    run_many(installation, work, [command("vectors", name, f"{name}.run", "--batch-size", "2") for name in TOPICS])
    for name, (_, identifiers) in TOPICS.items():
        lines = (work / f"{name}.run").read_text(encoding="utf-8").splitlines()
        assert sorted({line.split(" ")[0] for line in lines}) == identifiers, name
        assert {len(line.split(" ")) for line in lines} == {6}


@pytest.fixture(scope="module")
def by_distance(work):
    """The vectors of the flat index in indexes where smaller is better."""
    import faiss

    vectors = faiss.read_index(str(work / "vectors" / "index")).reconstruct_n()
    made = {}
    for name, kind in (("flat-l2", "Flat"), ("hnsw-l2", "HNSW32")):
        index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_L2)
        index.add(vectors)
        (work / name).mkdir()
        faiss.write_index(index, str(work / name / "index"))
        shutil.copy(work / "vectors" / "docid", work / name / "docid")
        made[name] = work / name
    return made


def test_an_index_by_distance_is_searched_nearest_first(installation, work, expected, by_distance):
    batch = {"flat-l2": (), "hnsw-l2": ("--batch-size", "3")}
    commands = [command(name, "topics.tsv", f"{name}.run", *batch[name]) for name in by_distance]
    dense = ("dense", "--index", "flat-l2", "--encoder", "optical-swa", "sparse", "--index", "words")
    run = ("run", "--topics", "topics.tsv", "--hits", "10", "--output", "hybrid-l2.run")
    commands.append(("pyserini.search.hybrid", *dense, "fusion", "--alpha", "0", "--hits", "60", *run))
    run_many(installation, work, commands)
    for name in [*(f"{name}.run" for name in by_distance), "hybrid-l2.run"]:
        found = read_run(work / name, strict=True)
        for query, ranking in expected.items():
            assert list(found[query]) == list(ranking), name
            distances = 2 - 2 * np.array(list(ranking.values()))
            np.testing.assert_allclose(list(found[query].values()), -distances, atol=1e-4)


def test_a_hybrid_in_which_one_word_finds_one_passage(installation, work):
    """`--normalization` divides by the difference of the best score and the worst."""
    import re

    texts = [
        json.loads(line)["contents"] for line in (work / "corpus" / "passages.jsonl").read_text("utf-8").splitlines()
    ]
    words = [set(re.findall(r"[a-z]{7,}", text.lower())) for text in texts]
    rare = next(word for word in sorted(words[0]) if sum(word in text.lower() for text in texts) == 1)
    (work / "onehit.tsv").write_text(f"1\t{rare}\n2\tmaji safi\n", encoding="utf-8")
    dense = ("dense", "--index", "vectors", "--encoder", "optical-swa", "sparse", "--index", "words")
    run = ("run", "--topics", "onehit.tsv", "--hits", "10")
    commands = [
        (
            "pyserini.search.hybrid",
            *dense,
            "fusion",
            "--normalization",
            "--alpha",
            "0.5",
            *run,
            "--output",
            "onehit.run",
        ),
        command("vectors", "onehit.tsv", "onehit.dense.run"),
    ]
    run_many(installation, work, commands)
    hybrid, alone = read_run(work / "onehit.run"), read_run(work / "onehit.dense.run")
    assert list(hybrid["1"]) == list(alone["1"])  # the one hit tells nothing by its score
    assert np.isfinite([score for ranking in hybrid.values() for score in ranking.values()]).all()


def test_an_encoding_that_fails_leaves_no_index_and_one_that_ends_says_who_made_it(installation, work):
    words = ("-m", "pyserini.encode", "input", "--corpus", "corpus", "--fields", "contents")
    words += ("output", "--output", "none", "--embeddings", "failed", "--to-faiss", "encoder", "--encoder", "optical")
    fails_in_one_line(installation, work, (*words, "--dimension", "384"), "input --fields contents", "--fields text")
    assert not (work / "failed").exists()
    origin = json.loads((work / "vectors" / "optical-index.json").read_text(encoding="utf-8"))
    assert origin["teacher"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert len(origin["sha256"]["model.safetensors"]) == 64
