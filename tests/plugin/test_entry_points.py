"""Entry points of Pyserini's that take an encoder without asking a map of classes: run for real, with a student."""

import json
import socket
import subprocess
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.plugin.java import choose_jdk
from pyserini_optical.runs import read_run
from pyserini_optical.topics import read_topics

ONE = version("pyserini").startswith("1.")


def can_open_lucene_vectors():
    """Pyserini 2.4 opens none, a local one either, without a list that GitHub has."""
    if ONE:
        return True
    with suppress(OSError), socket.create_connection(("api.github.com", 443), timeout=3):
        return True
    return False


@pytest.fixture(scope="module")
def lucene_vectors(work):
    """The passages' vectors in Lucene, as a graph and flat, made by Anserini's own command."""
    import importlib.util

    import faiss

    index = faiss.read_index(str(work / "vectors" / "index"))
    (work / "lucene-input").mkdir()
    with open(work / "lucene-input" / "vectors.jsonl", "w", encoding="utf-8") as file:
        docids = (work / "vectors" / "docid").read_text(encoding="utf-8").split()
        for docid, vector in zip(docids, index.reconstruct_n(0, index.ntotal), strict=True):
            file.write(json.dumps({"docid": docid, "vector": vector.tolist()}) + "\n")
    pyserini = Path(importlib.util.find_spec("pyserini").submodule_search_locations[0])
    (jar,) = (pyserini / "resources" / "jars").glob("anserini-*-fatjar.jar")
    for kind, more in (("Hnsw", ("-M", "16", "-efC", "100")), ("Flat", ())):
        subprocess.run(
            [
                *(choose_jdk().home / "bin" / "java", "--add-modules", "jdk.incubator.vector", "-cp", jar),
                *(f"io.anserini.index.Index{kind}DenseVectors", "-collection", "JsonDenseVectorCollection"),
                *("-generator", "DenseVectorDocumentGenerator", "-input", "lucene-input", "-threads", "1"),
                *("-index", f"lucene-{kind.lower()}", *more),
            ],
            cwd=work,
            check=True,
            capture_output=True,
        )
    return {"--hnsw": "lucene-hnsw", "--flat": "lucene-flat"}


@pytest.mark.skipif(not can_open_lucene_vectors(), reason="Pyserini 2.4 opens Lucene's vectors with a network alone")
@pytest.mark.parametrize("kind", ["--hnsw", "--flat"])
def test_lucenes_vectors_are_searched_by_a_student(installation, work, lucene_vectors, kind):
    words = ("--topics", "topics.tsv", "--hits", "10", "--output")
    installation.run(
        *("-m", "pyserini.search.lucene", "--dense", kind, "--encoder", "optical-swa"),
        *("--index", lucene_vectors[kind], *words, "lucene-vectors.txt"),
        cwd=work,
    )
    installation.run(
        *("-m", "pyserini.search.faiss", "--encoder", "optical-swa", "--index", "vectors", *words, "faiss.txt"),
        cwd=work,
    )
    lucene, faiss = read_run(work / "lucene-vectors.txt"), read_run(work / "faiss.txt")
    assert len(lucene) == 5
    for query, ranking in faiss.items():
        assert list(lucene[query])[:5] == list(ranking)[:5]
    (work / "lucene-vectors.txt").unlink()


@pytest.mark.skipif(ONE, reason="1.6 needs no network")
@pytest.mark.parametrize("kind", ["--hnsw", "--flat"])
def test_without_a_network_lucenes_vectors_are_refused_in_one_line(installation, work, lucene_vectors, kind):
    done = installation.run(
        *("-m", "pyserini.search.lucene", "--dense", kind, "--encoder", "optical-swa", "--index", lucene_vectors[kind]),
        *("--topics", "topics.tsv", "--output", "refused.txt"),
        cwd=work,
        status=1,
        JAVA_TOOL_OPTIONS="-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9",
    )
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "looks up every vector index in a list on api.github.com" in line
    assert "Traceback" not in done.stderr


def test_words_are_not_searched_with_a_student(installation, work):
    words = ("--index", "words", "--topics", "topics.tsv", "--output", "none.txt")
    done = installation.run("-m", "pyserini.search.lucene", "--encoder", "optical", *words, cwd=work, status=1)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "--dense --hnsw" in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["optical-swa", "balance"])
def test_queries_are_encoded_by_a_student_whatever_its_name(installation, work, name):
    import pandas

    if name == "balance":  # has `ance` in it, by which Pyserini would take its ANCE encoder
        from pyserini_optical.encoder import export_student

        export_student("optical-swa", work / name, overwrite=True)
    installation.run(
        "-m", "pyserini.encode.query", "--topics", "topics.tsv", "--encoder", name, "--output", "queries.pkl", cwd=work
    )
    encoded = pandas.read_pickle(work / "queries.pkl")
    topics = read_topics(work / "topics.tsv")
    vectors = load_query_encoder("optical-swa").encode_batch(list(topics.values()))
    found = dict(zip(map(str, encoded["id"]), encoded["embedding"], strict=True))
    np.testing.assert_allclose([found[query] for query in topics], vectors, atol=1e-4)
