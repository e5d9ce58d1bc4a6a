from types import SimpleNamespace

import faiss
import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.int8 import compare_graphs
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

TOPICS = read_topics(shipped("eval/lowres-clir/topics/afriqa-swa.swa.tsv"))
QRELS = read_qrels(shipped("eval/lowres-clir/qrels/afriqa-swa.txt"))
PASSAGES = {query: next(iter(QRELS[qid])) for qid, query in TOPICS.items()}


class Encoder:
    """Gives a question so much of its own passage and so much of the next one; any other query is like no passage."""

    name = "optical-swa"
    checkpoint = SimpleNamespace(
        dimension=len(PASSAGES) + 1,
        normalize=True,
        document_teacher="",
        teacher=SimpleNamespace(name="teacher", sha256={}),
    )

    def __init__(self, own, following):
        self.weights = own, following

    def encode_batch(self, queries):
        places = {query: place for place, query in enumerate(PASSAGES)}
        vectors = np.zeros((len(queries), len(PASSAGES) + 1), np.float32)
        for vector, query in zip(vectors, queries, strict=True):
            place = places.get(query)
            if place is None:
                vector[-1] = 1
            else:
                vector[[place, (place + 1) % len(PASSAGES)]] = self.weights
        return vectors


@pytest.fixture
def dense_index(tmp_path):
    index = faiss.IndexFlatIP(len(PASSAGES) + 1)
    index.add(np.eye(len(PASSAGES), len(PASSAGES) + 1, dtype=np.float32))
    faiss.write_index(index, str(tmp_path / "index"))
    (tmp_path / "docid").write_text("".join(f"{docid}\n" for docid in PASSAGES.values()), encoding="utf-8")
    return str(tmp_path)


def test_the_next_passage_before_the_right_one_halves_the_measure(dense_index):
    first, *others = compare_graphs(Encoder(1, 0), Encoder(0.6, 0.8), ["swa", "eng"], dense_index)
    assert first == (
        "afriqa-swa swa: cosine of int8 to float32 0.6000 (1 in 100 below 0.6000), MRR@10 1.0000 -> 0.5000 (-50.0%)"
    )
    assert [line.partition(":")[0] for line in others] == ["flores swa", "ntrex swa"]
    assert all(line.endswith("cosine of int8 to float32 1.0000 (1 in 100 below 1.0000), MRR@10 0") for line in others)


def test_an_index_of_something_else_is_refused(dense_index, tmp_path):
    with pytest.raises(OpticalError, match="is not a Pyserini Faiss index"):
        next(compare_graphs(Encoder(1, 0), Encoder(1, 0), ["swa"], str(tmp_path / "none")))
    (tmp_path / "optical-index.json").write_text('{"teacher": "another", "sha256": {}}', encoding="utf-8")
    with pytest.raises(OpticalError, match="was built with another, but optical-swa is a student of teacher"):
        next(compare_graphs(Encoder(1, 0), Encoder(1, 0), ["swa"], dense_index))
