import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest

from pyserini_optical.encoder import export_student, load_query_encoder
from pyserini_optical.encoder.onnx.export import export_onnx
from pyserini_optical.encoder.onnx.files import FLOAT, INT8, SETTINGS, find_onnx
from pyserini_optical.encoder.onnx.int8 import quantise_graph
from pyserini_optical.encoder.query import OpticalQueryEncoder
from pyserini_optical.encoder.student import find_student
from pyserini_optical.encoder.vector_cache import VectorCache
from pyserini_optical.errors import MissingExtra, OpticalError

QUERIES = ["mji mkuu wa kenya ni upi", "nani", "daktari wa kwanza wa tanzania alikuwa nani", "what is the capital"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def exported(tiny_packs):
    """The tiny packs, whose teacher has no checksums, with the export beside them."""
    export_onnx(str(tiny_packs), tiny_packs / "onnx")
    return tiny_packs


def test_onnx_gives_the_vectors_of_torch(exported):
    expected, found = (load_query_encoder(str(exported), backend=backend) for backend in ("torch", "onnx"))
    np.testing.assert_allclose(found.encode_batch(QUERIES), expected.encode_batch(QUERIES), atol=1e-5)
    for ours, theirs in zip(found.encode_tokens(QUERIES), expected.encode_tokens(QUERIES), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert found.encode_batch([]).shape == (0, 16)


def test_int8_rounds_twice_where_rounding_hurts_most(exported):
    graph = onnx.load(find_onnx(find_student(exported)) / INT8).graph
    assert all(node.input[1] not in {each.name for each in graph.initializer} for node in products(graph, "MatMul"))
    columns = {each.name.partition("layer.0/")[2]: each.dims[1] for each in graph.initializer if len(each.dims) == 2}
    wide = {"attention/self/value/MatMul/weight", "output/dense/MatMul/weight"}
    assert {name: columns[name] for name in wide} == dict.fromkeys(wide, 2 * 16)
    once = ("attention/self/query", "attention/self/key", "attention/output/dense")
    assert {columns[f"{part}/MatMul/weight"] for part in once} == {16}


def products(graph, kind):
    return [node for node in graph.node if node.op_type == kind]


@pytest.mark.parametrize("precise", [False, True])
def test_a_product_in_int8_is_the_product(tmp_path, precise):
    rng = np.random.default_rng(5)
    weight = rng.normal(size=(48, 7)).astype(np.float32)
    given = rng.normal(size=(3, 4, 48)).astype(np.float32) * np.array([1e-3, 1, 30, 0], np.float32)[:, None]
    name = "layer.0/output/dense/MatMul" if precise else "layer.0/intermediate/dense/MatMul"
    source, target = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    write_product(source, name, weight)
    quantise_graph(source, target)
    (found,) = onnxruntime.InferenceSession(target).run(None, {"x": given})
    tokens, columns = (np.linalg.norm(each, axis=axis) for each, axis in ((given, -1), (weight, 0)))
    error = np.abs(found - given @ weight) / np.maximum(tokens[..., None] * columns, 1e-30)
    assert error.max() < (0.006 if precise else 0.02)
    assert not found[:, 3].any()


def write_product(path, name, weight):
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    shape = helper.make_tensor_value_info("x", kind, ["texts", "tokens", len(weight)])
    out = helper.make_tensor_value_info("y", kind, ["texts", "tokens", weight.shape[1]])
    node = helper.make_node("MatMul", ["x", "w"], ["y"], name)
    graph = helper.make_graph([node], "product", [shape], [out], [onnx.numpy_helper.from_array(weight, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def test_a_text_in_int8_has_one_vector_whatever_is_encoded_with_it(exported):
    encoder = OpticalQueryEncoder(str(exported), backend="onnx-int8", cache_size=0)
    together = encoder.encode_batch(QUERIES)
    alone = np.concatenate([encoder.encode_batch([query]) for query in QUERIES])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_int8_is_near_and_is_not_float(exported):
    exact, rounded = (
        load_query_encoder(str(exported), backend=name).encode_batch(QUERIES) for name in ("onnx", "onnx-int8")
    )
    assert np.all((exact * rounded).sum(1) > 0.98)
    assert np.abs(exact - rounded).max() > 1e-5


def test_an_ordinary_student_is_found_in_the_cache(tiny_packs, tmp_path, home):
    student = str(export_student(str(tiny_packs), tmp_path / "swa", "swa"))
    assert load_query_encoder(student).backend == "torch"
    folder = export_onnx(student)
    assert home in folder.parents
    found = load_query_encoder(student)
    assert found.backend == "onnx"
    np.testing.assert_allclose(
        found.encode_batch(QUERIES), load_query_encoder(student, backend="torch").encode_batch(QUERIES), atol=1e-5
    )
    with pytest.raises(OpticalError, match="already exists"):
        export_onnx(student)


def test_serving_does_not_import_torch(exported):
    code = (
        "import sys; from pyserini_optical.encoder import load_query_encoder\n"
        f"vector = load_query_encoder({str(exported)!r}).encode('mji mkuu')\n"
        "print(vector.shape, sorted({'torch', 'transformers', 'onnx'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(16,) []"


def test_what_cannot_run_is_refused(tiny_packs, monkeypatch, home):
    name = str(tiny_packs)
    with pytest.raises(OpticalError, match="'tvm' is unknown"):
        OpticalQueryEncoder(name, backend="tvm")
    with pytest.raises(OpticalError, match=r"export .* --onnx"):
        OpticalQueryEncoder(name, backend="onnx")
    with pytest.raises(OpticalError, match="only on the CPU"):
        OpticalQueryEncoder(name, backend="onnx", device="cuda")
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(MissingExtra, match=r"pyserini-optical\[onnx\]"):
        OpticalQueryEncoder(name, backend="onnx")


def test_damage_is_seen(exported):
    graph = exported / "onnx" / FLOAT
    graph.write_bytes(graph.read_bytes()[:-1] + b"!")
    with pytest.raises(OpticalError, match="damaged"):
        load_query_encoder(str(exported), backend="onnx")
    settings = exported / "onnx" / SETTINGS
    settings.write_text(json.dumps({"format": "other"}), encoding="utf-8")
    with pytest.raises(OpticalError, match="another format"):
        load_query_encoder(str(exported), backend="onnx")


def test_layers_of_another_student_are_refused(tiny_packs, tmp_path, home):
    student = export_student(str(tiny_packs), tmp_path / "swa", "swa")
    export_onnx(str(student), student / "onnx")
    settings = student / "onnx" / SETTINGS
    content = json.loads(settings.read_text())
    settings.write_text(json.dumps({**content, "layers_sha256": "0" * 64}), encoding="utf-8")
    assert find_onnx(find_student(student)) == student / "onnx"
    with pytest.raises(OpticalError, match="not exported from the layers"):
        load_query_encoder(str(student), backend="onnx")


def test_the_cache_encodes_each_text_once_and_forgets_the_oldest():
    asked = []

    def encode(texts):
        asked.append(texts)
        return np.array([[float(len(text))] for text in texts])

    cache = VectorCache(2)
    assert [v.tolist() for v in cache.look_up(["a", "bb", "a"], encode)] == [[1.0], [2.0], [1.0]]
    cache.look_up(["bb", "ccc"], encode)  # "a" is forgotten
    cache.look_up(["a", "ccc"], encode)
    assert asked == [["a", "bb"], ["ccc"], ["a"]]
    assert len(cache) == 2
    none = VectorCache(0)
    none.look_up(["a"], encode)
    assert len(none) == 0


def test_what_a_caller_does_to_a_vector_stays_with_the_caller(tiny_packs):
    encoder = load_query_encoder(str(tiny_packs / "swa"))
    first = encoder.encode("nani")
    first[:] = 0
    assert encoder.encode("nani").any()


def test_the_export_verb_prints_what_int8_costs(tiny_packs, tmp_path, home, capsys, monkeypatch):
    import argparse

    import faiss

    from pyserini_optical.commands import export

    root = tmp_path / "lowres"
    for folder, name, line in (
        ("topics", "small.swa.tsv", "1\tmji mkuu\n2\tziwa kubwa\n"),
        ("topics", "small.fra.tsv", "1\tville\n"),
        ("qrels", "small.txt", "1 0 d0 1\n2 0 d1 1\n"),
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / name).write_text(line, encoding="utf-8")
    monkeypatch.setattr("pyserini_optical.evaluation.int8.shipped", lambda name: root)
    index = faiss.IndexFlatIP(16)
    vectors = load_query_encoder(str(tiny_packs / "swa")).encode_batch(["mji mkuu", "ziwa kubwa"])
    index.add(vectors)
    (tmp_path / "faiss").mkdir()
    faiss.write_index(index, str(tmp_path / "faiss" / "index"))
    (tmp_path / "faiss" / "docid").write_text("d0\nd1\n", encoding="utf-8")
    parser = argparse.ArgumentParser()
    export.configure(parser)
    export.run(parser.parse_args([str(tiny_packs / "swa"), "--onnx", "--dense-index", str(tmp_path / "faiss")]))
    folder, line = capsys.readouterr().out.splitlines()
    assert folder.startswith(str(home))
    assert line.startswith("small swa: cosine of int8 to float32 1.0000")
    assert line.endswith("MRR@10 1.0000 -> 1.0000 (+0.0%)")
    with pytest.raises(OpticalError, match="already exists"):
        export.run(parser.parse_args([str(tiny_packs / "swa"), "--onnx"]))
