import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.lexicon.edit_distance import _CHANGE, _GAP, DOUBLED_COST, measure_distances
from pyserini_optical.lexicon.skeleton import pack_letters

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def follow_recurrence(word, term):
    """The textbook's two loops, an oracle."""

    def gap(letters, place):
        return DOUBLED_COST if place and letters[place] == letters[place - 1] else _GAP[letters[place]]

    table = np.zeros((len(word) + 1, len(term) + 1))
    table[0, 1:] = np.cumsum([gap(term, place) for place in range(len(term))])
    for i, have in enumerate(word, start=1):
        table[i, 0] = table[i - 1, 0] + gap(word, i - 1)
        for j, wanted in enumerate(term, start=1):
            table[i, j] = min(
                table[i - 1, j] + gap(word, i - 1),
                table[i, j - 1] + gap(term, j - 1),
                table[i - 1, j - 1] + _CHANGE[have, wanted],
            )
    return table[:, -1]


WORDS = st.text(LETTERS, max_size=12) | st.text("aot", max_size=8)  # few letters: many stand doubled


@given(WORDS, st.lists(WORDS, max_size=5))
def test_all_terms_at_once_have_the_distances_of_the_textbook(word, terms):
    letters = pack_letters([word])[0][: len(word)]
    measured = measure_distances(letters, pack_letters(terms))
    assert measured.shape == (len(word) + 1, len(terms))
    for column, term in enumerate(terms):
        expected = follow_recurrence(letters, pack_letters([term])[0][: len(term)])
        np.testing.assert_allclose(measured[:, column], expected, atol=1e-5)


def test_costs_are_those_of_sounds():
    word, *terms = pack_letters(["kalipornia", "kalipornia", "california", "kalimantan"])
    same, other_spelling, other_name = measure_distances(word[:10], np.stack(terms))[-1]
    assert same == 0 < other_spelling < 1 < other_name


def test_a_consonant_written_once_or_twice_is_nearly_the_same():
    word, *terms = pack_letters(["asam", "assam", "asham", "atlam"])
    np.testing.assert_allclose(measure_distances(word[:4], np.stack(terms))[-1], [0.1, 0.25, 1 + 0.8], rtol=1e-5)
    np.testing.assert_allclose(measure_distances(terms[0][:5], word[None])[-1], [0.1], rtol=1e-5)


def test_costs_are_symmetric_and_none_is_negative():
    assert (_CHANGE == _CHANGE.T).all()
    assert (_CHANGE.diagonal() == 0).all()
    assert (_CHANGE >= 0).all()
    assert (_GAP > 0).all()
