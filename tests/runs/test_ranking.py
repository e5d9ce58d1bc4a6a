import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.runs import ScoredDocument, rank, round_scores, search_run, to_scores


def test_rank_breaks_ties_by_identifier():
    assert list(rank({"b": 1.0, "c": 2.0, "a": 1.0, "d": 0.0}, depth=3)) == ["c", "a", "b"]


def test_the_better_of_two_hits_on_a_document_counts():
    found = [ScoredDocument("b", 2.0), ScoredDocument("a", 2.0), ScoredDocument("b", 1.0)]
    assert list(to_scores(found).items()) == [("a", 2.0), ("b", 2.0)]


@given(st.lists(st.one_of(st.floats(width=32), st.floats(0.125, 4096, width=32), st.sampled_from([1e-4, 10.0, 1e9]))))
def test_scores_are_rounded_as_they_are_written(scores):
    rounded = round_scores(np.array(scores, np.float32))
    np.testing.assert_array_equal(rounded, [float(f"{score:.9g}") for score in np.float32(scores).tolist()])


def test_a_searcher_of_pyserini_and_one_of_ours():
    class Stock:
        def batch_search(self, queries, q_ids, k, threads):
            return {
                q: [ScoredDocument(query, 1 / 3)][:k] for q, query in reversed(list(zip(q_ids, queries, strict=True)))
            }

    class Ours:
        def search_run(self, queries, q_ids, k, threads):
            return {q: {query: 1.0} for q, query in zip(q_ids, queries, strict=True)}

    assert search_run(Stock(), ["x", "y"], ["1", "2"], 5) == {"1": {"x": 0.333333333}, "2": {"y": 0.333333333}}
    assert list(search_run(Stock(), ["x", "y"], ["1", "2"], 5)) == ["1", "2"]
    assert search_run(Ours(), ["x"], ["1"], 5) == {"1": {"x": 1.0}}
