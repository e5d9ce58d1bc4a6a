"""The builder of the large pool, on a handful of passages."""

import importlib.util
import json
from pathlib import Path

import faiss
import numpy as np
import pytest
from safetensors.numpy import save_file

from pyserini_optical.errors import OpticalError

SCRIPT = Path(__file__).parents[2] / "eval" / "reproduction" / "large_pool" / "build.py"


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("large_pool_build", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def passages(tmp_path, build):
    folder = tmp_path / "passages"
    folder.mkdir()
    lines = [{"id": f"w{row}", "title": "Nile" if row else "", "contents": f"river {row}"} for row in range(3)]
    (folder / f"{build.NAME}.jsonl.gz").write_text("".join(json.dumps(line) + "\n" for line in lines))
    vectors = np.array([[3, 4], [0, -5], [1, 0]], np.int8)
    tensors = {"vectors": vectors, "scale": np.array([0.2, 0.5, 2.0], np.float32)}
    save_file(tensors, folder / f"{build.NAME}.vectors.safetensors")
    return folder


@pytest.fixture
def small(tmp_path, build):
    folder = tmp_path / "small"
    folder.mkdir()
    index = faiss.IndexFlatIP(2)
    index.add(np.array([[0.0, 1.0]], np.float32))
    build.write_index(folder, index, "s0\n")
    return folder


def test_shipped_vectors_stand_behind_the_small_ones_at_unit_length(build, passages, small, tmp_path):
    (tmp_path / "dense").mkdir()
    build.join_vectors(small, passages, 2, tmp_path / "dense")
    index = faiss.read_index(str(tmp_path / "dense" / "index"))
    np.testing.assert_allclose(index.reconstruct_n(0, 3), [[0, 1], [0.6, 0.8], [0, -1]], rtol=1e-6)
    assert (tmp_path / "dense" / "docid").read_text().split() == ["s0", "w0", "w1"]
    (tmp_path / "graph").mkdir()
    build.build_graph(tmp_path / "dense", tmp_path / "graph", 1)
    graph = faiss.read_index(str(tmp_path / "graph" / "index"))
    assert graph.hnsw.efSearch == build.SEARCH_DEPTH
    assert graph.search(np.array([[0.0, 1.0]], np.float32), 3)[1].tolist() == [[0, 1, 2]]


def test_text_is_title_and_contents_and_the_small_passages_come_with_it(build, passages, tmp_path):
    (tmp_path / "corpus-small").mkdir()
    (tmp_path / "corpus-small" / "part-00000.jsonl").write_text("{}\n")
    (tmp_path / "corpus").mkdir()
    build.write_corpus(tmp_path / "corpus-small", passages, 2, tmp_path / "corpus")
    lines = (tmp_path / "corpus" / f"{build.NAME}.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": "w0", "contents": "river 0"},
        {"id": "w1", "contents": "Nile\nriver 1"},
    ]
    assert (tmp_path / "corpus" / "part-00000.jsonl").read_text() == "{}\n"


def test_vectors_of_other_passages(build, passages, small, tmp_path):
    with open(passages / f"{build.NAME}.jsonl.gz", "a") as file:
        file.write('{"id": "w3", "title": "", "contents": ""}\n')
    with pytest.raises(OpticalError, match="4 passages and 3 vectors"):
        build.join_vectors(small, passages, 2, tmp_path)


def test_the_order_of_the_steps(build, tmp_path):
    steps = list(build.list_steps(tmp_path, tmp_path, 1))
    assert steps[:2] == ["corpus-small", "dense-small"]
    assert {f"{kind}{size}" for kind in ("lucene", "dense", "dense-hnsw") for size in ("", "-50k", "-small")} < {*steps}
    assert all(steps.index(f"dense{size}") < steps.index(f"dense-hnsw{size}") for size in ("", "-50k", "-small"))
