import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import (
    TokenVectors,
    join_texts,
    maxsim,
    score_gathered,
    score_maxsim,
)

LENGTHS = st.lists(st.integers(1, 7), min_size=1, max_size=6)


def reference(query, passage):
    total = 0.0
    for token in query.astype(np.float64):
        best = -np.inf
        for other in passage.astype(np.float64):
            best = max(best, sum(a * b for a, b in zip(token, other, strict=True)))
        total += best
    return total


def draw_texts(lengths, seed, dimension=5):
    generator = np.random.default_rng(seed)
    return [generator.normal(size=(length, dimension)).astype(np.float32) for length in lengths]


@given(LENGTHS, LENGTHS, st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_ragged_scores_equal_the_plain_loop(query_lengths, passage_lengths, seed):
    queries, passages = draw_texts(query_lengths, seed), draw_texts(passage_lengths, seed + 1)
    scores = score_maxsim(join_texts(queries), join_texts(passages))
    expected = [[reference(query, passage) for passage in passages] for query in queries]
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_scores_do_not_depend_on_how_the_passages_are_cut(monkeypatch):
    queries, passages = join_texts(draw_texts([3, 2], 0)), join_texts(draw_texts([4, 1, 6, 2, 5], 1))
    whole = score_maxsim(queries, passages)
    monkeypatch.setattr(maxsim, "_SIMILARITIES_AT_ONCE", 5 * 6)
    np.testing.assert_allclose(score_maxsim(queries, passages), whole, atol=1e-6)
    monkeypatch.setattr(maxsim, "_SIMILARITIES_AT_ONCE", 1)
    np.testing.assert_allclose(score_maxsim(queries, passages), whole, atol=1e-6)


def test_passages_may_be_fetched_a_few_at_a_time(monkeypatch):
    queries, texts = join_texts(draw_texts([3, 2], 0)), draw_texts([4, 1, 6, 2, 5], 1)
    monkeypatch.setattr(maxsim, "_PASSAGES_AT_ONCE", 2)
    fetched = []

    def gather(rows):
        fetched.append(list(rows))
        return join_texts([texts[row] for row in rows])

    np.testing.assert_allclose(score_gathered(queries, gather, range(5)), score_maxsim(queries, join_texts(texts)))
    assert fetched == [[0, 1], [2, 3], [4]]
    assert score_gathered(queries, gather, []).shape == (2, 0)


def test_a_passage_without_tokens_is_refused():
    with pytest.raises(OpticalError, match="text 1 has no token"):
        TokenVectors(np.zeros((2, 3), np.float32), np.array([0, 2, 2]))


def test_other_dimensions_are_refused():
    with pytest.raises(OpticalError, match="5 dimensions and passage tokens 4"):
        score_maxsim(join_texts(draw_texts([2], 0)), join_texts(draw_texts([2], 0, dimension=4)))
    with pytest.raises(OpticalError, match="different dimensions"):
        join_texts([np.zeros((1, 2)), np.zeros((1, 3))])
    with pytest.raises(OpticalError, match="no text"):
        join_texts([])
    with pytest.raises(OpticalError, match="offsets do not span"):
        TokenVectors(np.zeros((2, 3), np.float32), np.array([0, 1]))
