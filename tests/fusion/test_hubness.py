from types import SimpleNamespace

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.hubness import HubnessReducedSearcher, measure_similarity
from pyserini_optical.plugin.java import prepare_java


@pytest.fixture(scope="module", autouse=True)
def java():
    prepare_java()


def open_searcher(tmp_path, vectors, index=None):
    """Make a stock Faiss searcher over the vectors; its encoder is a table."""
    from pyserini.search.faiss import FaissSearcher

    vectors = np.asarray(vectors, np.float32)
    index = index or faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(tmp_path / "index"))
    (tmp_path / "docid").write_text("".join(f"d{row}\n" for row in range(len(vectors))))
    return FaissSearcher(str(tmp_path), SimpleNamespace(encode=lambda query: np.asarray(QUERIES[query], np.float32)))


QUERIES = {"x": [1.0, 0.0], "twice x": [2.0, 0.0]}
# Two passages that say the same, and one that stands alone and is a little farther from the query.
TWINS = [[0.8, 0.6], [0.8, 0.6], [0.75, -0.66]]


def test_likeness_by_hand():
    vectors = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]])
    # Products with the others' unit vectors: 0 and .6; 0 and 1.6; 3 and 4.
    np.testing.assert_allclose(measure_similarity(vectors, neighbours=1), [0.6, 1.6, 4.0], rtol=1e-6)
    np.testing.assert_allclose(measure_similarity(vectors, neighbours=9), [0.3, 0.8, 3.5], rtol=1e-6)
    # The third is no neighbour of anyone; as the others have one neighbour, its nearest one counts.
    np.testing.assert_allclose(measure_similarity(vectors, pool=2, neighbours=9), [0.0, 0.0, 4.0], rtol=1e-6)


def test_a_passage_alone_and_one_without_direction():
    assert measure_similarity(np.ones((1, 4))).tolist() == [0.0]
    assert measure_similarity(np.array([[1.0, 0.0], [0.0, 0.0]])).tolist() == [0.0, 0.0]


@given(st.integers(2, 40), st.integers(1, 45), st.integers(1, 45), st.integers(0, 10_000))
def test_likeness_is_that_of_a_loop(passages, pool, neighbours, seed):
    vectors = np.random.default_rng(seed).normal(size=(passages, 5)).astype(np.float32)
    expected = []
    for row, vector in enumerate(vectors):
        others = [vector @ other / np.linalg.norm(other) for place, other in enumerate(vectors[:pool]) if place != row]
        count = min(neighbours, len(vectors[:pool]) - 1)
        expected.append(np.mean(sorted(others, reverse=True)[:count]) if count else 0.0)
    np.testing.assert_allclose(measure_similarity(vectors, pool, neighbours), expected, rtol=1e-4, atol=1e-5)


def test_a_passage_that_stands_alone_passes_two_that_say_the_same(tmp_path):
    searcher = open_searcher(tmp_path, TWINS)
    plain = searcher.batch_search(["x"], ["1"], k=3)["1"]
    assert [hit.docid for hit in plain][2] == "d2"
    hits = HubnessReducedSearcher(searcher).batch_search(["x"], ["1"], k=3)["1"]
    assert hits[0].docid == "d2"
    norm = np.hypot(0.75, 0.66)  # of the third passage; its product with either of the twins is .204
    assert hits[0].score == pytest.approx(0.75 - 0.5 * 0.204, abs=1e-6)
    assert hits[1].score == pytest.approx(0.8 - 0.5 * (1.0 + 0.204 / norm) / 2, abs=1e-6)


def test_no_penalty_is_the_stock_searcher_and_a_longer_query_has_the_same_ranking(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(50, 2))
    searcher = open_searcher(tmp_path, vectors)
    stock = searcher.batch_search(["x"], ["1"], k=50)["1"]
    same = HubnessReducedSearcher(searcher, 0.0).batch_search(["x"], ["1"], k=50)["1"]
    assert [(hit.docid, hit.score) for hit in same] == [(hit.docid, float(hit.score)) for hit in stock]
    found = HubnessReducedSearcher(searcher).batch_search(["x", "twice x"], ["1", "2"], k=50)
    assert [hit.docid for hit in found["1"]] == [hit.docid for hit in found["2"]] != [hit.docid for hit in stock]
    np.testing.assert_allclose([2 * hit.score for hit in found["1"]], [hit.score for hit in found["2"]], rtol=1e-5)


def test_fewer_hits_are_the_first_of_more_and_vectors_are_queries_too(tmp_path):
    searcher = HubnessReducedSearcher(open_searcher(tmp_path, np.random.default_rng(1).normal(size=(400, 2))))
    many = searcher.batch_search(["x"], ["1"], k=400)["1"]
    few = searcher.batch_search(np.array([QUERIES["x"]], np.float32), ["1"], k=7)["1"]
    assert [(hit.docid, hit.score) for hit in few] == [(hit.docid, hit.score) for hit in many[:7]]


def test_few_vectors_at_a_time_are_the_same_hits(tmp_path, monkeypatch):
    searcher = HubnessReducedSearcher(open_searcher(tmp_path, np.random.default_rng(2).normal(size=(30, 2))))
    names = ["x", "twice x", "x"]
    together = searcher.batch_search(names, ["1", "2", "3"])
    monkeypatch.setattr("pyserini_optical.fusion.hubness.TOGETHER", 60)
    assert searcher.batch_search(names, ["1", "2", "3"]) == together
    assert list(together) == ["1", "2", "3"]
    assert searcher.batch_search([], []) == {}


def test_a_list_that_an_approximate_index_does_not_fill(tmp_path):
    vectors = np.array([[1.0, 0.1], [-1.0, 0.1], [0.9, -0.1], [-0.9, -0.1]], np.float32)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(2), 2, 2, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)  # one list a side; one of them is probed
    hits = HubnessReducedSearcher(open_searcher(tmp_path, vectors, index)).batch_search(["x"], ["1"], k=4)["1"]
    assert [hit.docid for hit in hits] == ["d0", "d2"]


def test_an_index_that_gives_no_vectors_back(tmp_path, caplog):
    index = faiss.IndexIDMap(faiss.IndexFlatIP(2))
    index.add_with_ids(np.array([[0.6, 0.8], [1.0, 0.0]], np.float32), np.arange(2))
    searcher = open_searcher(tmp_path, TWINS)
    searcher.index = index
    reduced = HubnessReducedSearcher(searcher)
    for _ in range(2):
        hits = reduced.batch_search(["x"], ["1"])["1"]
        assert [(hit.docid, hit.score) for hit in hits] == [("d1", 1.0), ("d0", pytest.approx(0.6))]
    assert caplog.text.count("no hubness reduction: a Faiss index of type IndexIDMap") == 1


@pytest.mark.parametrize("kind", ["HNSW8", "IVF4,Flat", "SQ8", "IVF4,SQ8"])
def test_approximate_indexes_find_nearly_what_a_flat_one_does(tmp_path, kind):
    vectors = np.random.default_rng(3).normal(size=(300, 8)).astype(np.float32)
    query = np.random.default_rng(4).normal(size=(1, 8)).astype(np.float32)
    index = faiss.index_factory(8, kind, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    if kind.startswith("IVF"):
        index.nprobe = 4
    found = []
    for name, searched in (("flat", None), ("approximate", index)):
        (tmp_path / name).mkdir()
        reduced = HubnessReducedSearcher(open_searcher(tmp_path / name, vectors, searched))
        found.append([hit.docid for hit in reduced.batch_search(query, ["1"], k=20)["1"]])
    assert len({*found[0]} & {*found[1]}) >= 17


@pytest.mark.parametrize("penalty", [0.1, 0.5])
def test_an_index_by_distance_gives_what_one_by_inner_product_gives(tmp_path, penalty):
    unit = np.random.default_rng(7).normal(size=(40, 2))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    for name in ("product", "distance"):
        (tmp_path / name).mkdir()
    product = open_searcher(tmp_path / "product", unit)
    distance = open_searcher(tmp_path / "distance", unit, faiss.IndexFlatL2(2))
    found = [HubnessReducedSearcher(dense, penalty).batch_search(["x"], ["1"])["1"] for dense in (product, distance)]
    assert [hit.docid for hit in found[0]] == [hit.docid for hit in found[1]]
    np.testing.assert_allclose([hit.score for hit in found[0]], [hit.score for hit in found[1]], atol=1e-6)


def test_a_penalty_out_of_range(tmp_path):
    with pytest.raises(OpticalError, match="from 0 to 1"):
        HubnessReducedSearcher(open_searcher(tmp_path, TWINS), 1.5)
