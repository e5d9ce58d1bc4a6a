"""`optical-index.json` goes along when Pyserini makes an index of others."""

import json
import shutil

import faiss
import pytest

from pyserini_optical.encoder.dense_index import read_origin

HNSW = ("-m", "pyserini.index.faiss", "--input", "vectors", "--dim", "384", "--hnsw", "--M", "8", "--efC", "16")
MERGE = ("-m", "pyserini.index.merge_faiss_indexes", "--dimension", "384", "--shard-num", "2")


@pytest.fixture
def parts(work, tmp_path):
    for number in range(2):
        shutil.copytree(work / "vectors", tmp_path / f"part-{number}")
    return tmp_path


def test_a_graph_of_an_index_says_who_made_it(installation, work, tmp_path):
    installation.run(*HNSW, "--output", tmp_path / "graph", cwd=work)
    assert read_origin(tmp_path / "graph") == read_origin(work / "vectors") is not None


def test_a_merge_says_who_made_its_parts_if_all_do(installation, parts):
    words = (*MERGE, "--prefix", str(parts / "part-"))
    installation.run(*words)
    assert faiss.read_index(str(parts / "part-full" / "index")).ntotal == 120
    assert read_origin(parts / "part-full") == read_origin(parts / "part-0") is not None

    (parts / "part-1" / "optical-index.json").unlink()
    installation.run(*words)
    assert read_origin(parts / "part-full") is None


def test_parts_of_two_teachers_are_not_merged(installation, parts):
    path = parts / "part-1" / "optical-index.json"
    other = json.loads(path.read_text(encoding="utf-8")) | {"teacher": "another", "sha256": {"model.safetensors": "0"}}
    path.write_text(json.dumps(other), encoding="utf-8")
    done = installation.run(*MERGE, "--prefix", str(parts / "part-"), status=1)
    assert "part-1: was built with another, " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (parts / "part-full").exists()


def test_a_failed_command_leaves_nothing_behind(installation, work, tmp_path):
    done = installation.run(*HNSW, "--output", tmp_path / "no" / "such", cwd=work, status=1)
    assert "pyserini-optical" not in done.stderr
    assert not (tmp_path / "no").exists()
