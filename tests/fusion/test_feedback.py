from types import SimpleNamespace

import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.feedback import Feedback, search_moved
from pyserini_optical.fusion.searcher import OpticalHybridSearcher
from pyserini_optical.plugin.java import prepare_java

TOPICS = {"1": "mto upi", "2": "nani"}
VECTORS = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.0, -1.0], "d": [-1.0, 0.0]}


@pytest.fixture(scope="module", autouse=True)
def java():
    prepare_java()


class Hit(SimpleNamespace):
    pass


class Dense:
    """A flat index over four documents, and the vectors that it was asked with."""

    def __init__(self, index=None):
        import faiss

        self.index = index or faiss.IndexFlatIP(2)
        if index is None:
            self.index.add(np.array(list(VECTORS.values()), np.float32))
        self.docids = list(VECTORS)
        self.query_encoder = SimpleNamespace(encode=lambda text: np.array([0.6, 0.8], np.float32))
        self.asked = []

    def batch_search(self, queries, q_ids, k, threads):
        vectors = queries if isinstance(queries, np.ndarray) else [self.query_encoder.encode(text) for text in queries]
        self.asked.append(np.array(vectors))
        scores = np.array(vectors) @ np.array(list(VECTORS.values())).T
        return {
            query: [Hit(docid=self.docids[row], score=row_scores[row]) for row in np.argsort(-row_scores)[:k]]
            for query, row_scores in zip(q_ids, scores, strict=True)
        }


class Sparse:
    """Finds `a`, then `c`; expanded, `d`."""

    def batch_search(self, queries, q_ids, k, threads):
        return {query: [Hit(docid="a", score=3.0), Hit(docid="c", score=1.0)] for query in q_ids}


class Expanding(Sparse):
    def __init__(self):
        self.believed = []

    def relevance_model(self, scores, terms):
        self.believed.append((list(scores), terms))
        return {"river": 1.0}

    def search_expanded(self, queries, qids, models, original_weight, k, threads):
        assert set(models) == set(qids)
        assert original_weight == 0.25
        return {query: [Hit(docid="d", score=3.0), Hit(docid="c", score=1.0)] for query in qids}


def test_a_query_moves_towards_the_first_documents():
    dense = Dense()
    believed = {"1": {"b": 3.0, "a": 2.0, "c": 1.0}, "2": {"elsewhere": 1.0}}
    search_moved(dense, Feedback(rocchio_alpha=0.5, rocchio_beta=0.2, rocchio_topk=2), TOPICS, believed, 4, 1)
    # .5 * (.6, .8) + .2 * ((0, 1) + (1, 0)) / 2; the documents of the second query are not in the index.
    np.testing.assert_allclose(dense.asked[0], [[0.4, 0.5], [0.6, 0.8]], rtol=1e-6)


def test_an_index_that_gives_no_vectors_back():
    import faiss

    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(2), 2, 1)
    index.train(np.eye(2, dtype=np.float32))
    index.add(np.eye(2, dtype=np.float32))
    with pytest.raises(OpticalError, match="IndexIVFFlat gives no vectors back"):
        search_moved(Dense(index), Feedback(), TOPICS, {"1": {"a": 1.0}, "2": {}}, 4, 1)


def test_each_method_searches_its_side_again_and_believes_the_fused_list():
    first = {}
    for method in ("rocchio", "rm3", "both"):
        sparse, dense = Expanding(), Dense()
        feedback = Feedback(method, depth=2, terms=7, original_query_weight=0.25)
        searcher = OpticalHybridSearcher(sparse, dense, (0.5, 0.5), feedback=feedback, hub_penalty=0)
        first[method] = searcher.batch_search(list(TOPICS.values()), list(TOPICS), 1)["1"][0].docid
        assert len(dense.asked) == (1 if method == "rm3" else 2)
        # Fused: `a` is first of one list and second of the other; `b` is first of the dense one alone.
        assert sparse.believed == ([] if method == "rocchio" else [(["a", "b"], 7)] * 2)
    assert first == {"rocchio": "a", "rm3": "d", "both": "d"}


def test_a_searcher_that_cannot_expand():
    searcher = OpticalHybridSearcher(Sparse(), Dense(), (0.5, 0.5), feedback=Feedback("rm3"), hub_penalty=0)
    with pytest.raises(OpticalError, match="Sparse does not expand queries"):
        searcher.search("mto upi")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"method": "avg"}, "choose one of rocchio, rm3, both"),
        ({"depth": 0}, "numbers from 1"),
        ({"terms": 0}, "numbers from 1"),
        ({"original_query_weight": 1.5}, "from 0 to 1"),
    ],
)
def test_impossible_feedback(values, message):
    with pytest.raises(OpticalError, match=message):
        Feedback(**values)
