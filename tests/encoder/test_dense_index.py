import json
from dataclasses import replace

import numpy as np
import pytest

from pyserini_optical.encoder.checkpoint import Checkpoint, Teacher
from pyserini_optical.encoder.dense_index import (
    ORIGIN,
    Origin,
    check_dense_index,
    is_similarity,
    read_header,
    read_origin,
    write_origin,
)
from pyserini_optical.errors import OpticalError

SIXTEEN = Checkpoint(dimension=16, teacher=Teacher("a/teacher", {"model.safetensors": "1" * 64}))


def write_index(folder, index=None, docids=None, vectors=3):
    import faiss

    folder.mkdir(exist_ok=True)
    index = index or faiss.IndexFlatIP(16)
    index.add(np.random.default_rng(0).normal(size=(vectors, 16)).astype(np.float32))
    faiss.write_index(index, str(folder / "index"))
    docids = [f"d{number}" for number in range(vectors)] if docids is None else docids
    (folder / "docid").write_text("".join(f"{docid}\n" for docid in docids), encoding="utf-8")
    return folder


@pytest.mark.parametrize("metric", ["METRIC_INNER_PRODUCT", "METRIC_L2", "METRIC_L1", "METRIC_Canberra"])
@pytest.mark.parametrize(
    "kind",
    ["Flat", "HNSW8", "IVF2,Flat", "IVF2,SQ8", "SQ8", "PQ4x4", "PCA8,Flat", "OPQ4_16,IVF2,PQ4x4np"],
)
def test_the_header_says_what_faiss_says(tmp_path, kind, metric):
    import faiss

    made = faiss.index_factory(16, kind, getattr(faiss, metric))
    made.train(np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32))
    header = read_header(write_index(tmp_path / "index", made, vectors=40) / "index")
    assert (header.dimension, header.vectors, header.metric) == (made.d, made.ntotal, made.metric_type)
    assert is_similarity(header.metric) == faiss.is_similarity_metric(made.metric_type)


@pytest.mark.parametrize("metric", range(30))
def test_which_metrics_are_similarities(metric):
    import faiss

    assert is_similarity(metric) == bool(faiss.is_similarity_metric(metric))


@pytest.mark.parametrize("content", [b"", b"IxFI", b"\x80" * 100, b"IBxF" + bytes(80)])
def test_what_is_no_index(tmp_path, content):
    (tmp_path / "index").write_bytes(content)
    with pytest.raises(OpticalError, match="index: is not a Faiss index"):
        read_header(tmp_path / "index")
    with pytest.raises(OpticalError, match="none: cannot be read"):
        read_header(tmp_path / "none")


def check(folder, checkpoint=SIXTEEN):
    return check_dense_index(folder, checkpoint, "packs")


@pytest.mark.parametrize("docids", [["a", "b", "c "], ["å", "b:1", "c#2"], ["1", "2", "3"]])
def test_a_sound_index(tmp_path, docids):
    assert check(write_index(tmp_path / "index", docids=docids)).vectors == 3


@pytest.mark.parametrize(
    ("docids", "message"),
    [
        (["d1", "d2"], "3 vectors, but 2 documents"),
        (["d1", "d2", "d3", "d4"], "3 vectors, but 4 documents"),
        ([], "docid:1: identifier '' is empty"),
        (["d1", "", "d3"], "docid:2: identifier '' is empty"),
        (["d1", "doc 2", "d3"], "docid:2: identifier 'doc 2' is empty or contains white space"),
        (["d1", "d2", "a\tb"], "docid:3: identifier 'a.*b'"),
        (["d1", "d2", " d3"], "docid:3: identifier ' d3'"),
        (["d1", "d\u00a02", "d3"], "docid:2"),
        (["d1", "d\u30002", "d3"], "docid:2"),
    ],
)
def test_documents_that_do_not_fit(tmp_path, docids, message):
    with pytest.raises(OpticalError, match=message):
        check(write_index(tmp_path / "index", docids=docids))


def test_an_index_without_vectors_or_files_or_of_another_dimension(tmp_path):
    with pytest.raises(OpticalError, match="contains no vectors, so its encoding failed"):
        check(write_index(tmp_path / "index", vectors=0))
    with pytest.raises(OpticalError, match=r"16 dimensions, but packs makes vectors of 384.*all-MiniLM-L6-v2"):
        check(write_index(tmp_path / "index"), Checkpoint())
    (tmp_path / "index" / "docid").unlink()
    with pytest.raises(OpticalError, match="no file docid"):
        check(tmp_path / "index")


def test_another_teacher_of_the_same_dimension_is_refused(tmp_path):
    folder = write_index(tmp_path / "index")
    check(folder)
    write_origin(folder, SIXTEEN)
    check(folder)
    assert read_origin(folder) == Origin("a/teacher", {"model.safetensors": "1" * 64})
    other = replace(SIXTEEN, teacher=Teacher("intfloat/e5-small", {"model.safetensors": "2" * 64}))
    with pytest.raises(
        OpticalError, match="index: was built with a/teacher, but packs is a student of intfloat/e5-small; "
    ):
        check(folder, other)
    with pytest.raises(OpticalError, match="of which it has other weights"):
        check(folder, replace(other, teacher=Teacher("a/teacher", {"model.safetensors": "2" * 64})))


def test_a_teacher_is_known_by_its_weights_not_by_its_path(tmp_path):
    folder = write_index(tmp_path / "index")
    write_origin(folder, SIXTEEN)
    check(folder, replace(SIXTEEN, teacher=Teacher("../moved/teacher", {"model.safetensors": "1" * 64})))
    check(folder, replace(SIXTEEN, teacher=Teacher("a/teacher", {})))
    with pytest.raises(OpticalError, match="is a student of another"):
        check(folder, replace(SIXTEEN, teacher=Teacher("another", {})))


@pytest.mark.parametrize("content", ["{}", json.dumps({"teacher": "x"}), json.dumps({"teacher": "x", "sha256": 3})])
def test_a_damaged_origin_is_refused(tmp_path, content):
    folder = write_index(tmp_path / "index")
    (folder / ORIGIN).write_text(content)
    with pytest.raises(OpticalError, match=f"{ORIGIN}: does not say which teacher built the index"):
        check(folder)
