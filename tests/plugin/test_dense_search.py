"""Our searcher of a Faiss index beside Pyserini's."""

from types import SimpleNamespace

import faiss
import numpy as np
import pytest

from pyserini_optical.plugin.dense_search import DenseSearcher, warn_of_lengths
from pyserini_optical.plugin.java import prepare_java

VECTORS = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
QUERIES = {"x": VECTORS[3] + 1, "y": VECTORS[4]}
ENCODER = SimpleNamespace(encode=QUERIES.__getitem__)


@pytest.mark.parametrize("kind", [faiss.IndexFlatIP, faiss.IndexFlatL2])
def test_finds_what_pyserini_finds(tmp_path, kind):
    prepare_java()
    from pyserini.search.faiss import FaissSearcher

    index = kind(4)
    index.add(VECTORS)
    faiss.write_index(index, str(tmp_path / "index"))
    (tmp_path / "docid").write_text("".join(f"d\u2028{row} \n" for row in range(60)), encoding="utf-8")
    theirs = FaissSearcher(str(tmp_path), ENCODER).batch_search(list(QUERIES), ["1", "2"], k=9)
    ours = DenseSearcher(str(tmp_path), ENCODER)
    sign = 1 if kind is faiss.IndexFlatIP else -1
    for found in (
        ours.batch_search(list(QUERIES), ["1", "2"], 9),
        ours.batch_search(np.stack(list(QUERIES.values())), ["1", "2"], 9),
    ):
        assert list(found) == ["1", "2"]
        for query, hits in found.items():
            assert [(hit.docid, hit.score) for hit in hits] == [(hit.docid, sign * hit.score) for hit in theirs[query]]
    assert [hit.docid for hit in ours.search("y", 2)] == [hit.docid for hit in theirs["2"]][:2]
    assert len(ours.search("y", 500)) == 60
    assert ours.batch_search([], []) == {}


@pytest.mark.parametrize(("length", "unit", "told"), [(1, True, False), (5, True, True), (5, False, False)])
def test_vectors_that_were_not_normalised_are_told(tmp_path, caplog, length, unit, told):
    index = faiss.IndexFlatIP(4)
    index.add(length * VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True))
    checkpoint = SimpleNamespace(normalize=unit, teacher=SimpleNamespace(name="teacher"))
    warn_of_lengths(index, checkpoint, "dense")
    assert ("lengths around 5, those of teacher have 1" in caplog.text) == told
