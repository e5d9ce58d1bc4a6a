import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.lexicon.romanisation import romanise
from pyserini_optical.lexicon.skeleton import LONGEST, pack_letters, reduce_romanised, reduce_terms


def reduce_both(term):
    return set(reduce_terms(pack_letters([term])).ravel().tolist())


@pytest.mark.parametrize(
    ("word", "term"),
    [
        ("ओबामा", "obama"),
        ("रत्नागिरी", "ratnagiri"),
        ("کیلیفورنیا", "california"),
        ("ካሊፎርንያ", "california"),
        ("កាលីហ្វ័រនីញ៉ា", "california"),
        ("Калифорния", "california"),
        ("კალიფორნია", "california"),
        ("кембридж", "cambridg"),
        ("алжир", "algier"),
        ("чехов", "chekhov"),
        ("ахиллес", "achill"),
        ("марк", "marc"),
        ("মেক্সিকো", "mexico"),
        ("แคนาดา", "canada"),
        ("კიევი", "kyiv"),
    ],
)
def test_a_name_has_the_skeleton_of_its_english_spelling(word, term):
    roman = romanise(word)
    candidates = {int(reduce_romanised(pack_letters([roman[:end]]))[0]) for end in range(1, len(roman) + 1)}
    assert candidates & reduce_both(term), (roman, term)


@pytest.mark.parametrize(("one", "other"), [("obama", "abraham"), ("berlin", "merlin"), ("iran", "niran")])
def test_other_names_have_another_one(one, other):
    assert not reduce_both(one) & reduce_both(other)


@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text_is_packed_and_reduced(words):
    letters = pack_letters(words)
    assert letters.shape == (len(words), LONGEST)
    assert letters.max(initial=0) <= 26
    assert reduce_terms(letters).shape == (2, len(words))
    assert reduce_romanised(letters).shape == (len(words),)
    assert (reduce_romanised(letters) > 0).all()


@given(st.text("bfgklmnprv", min_size=1, max_size=8))
def test_a_double_letter_counts_once(word):
    doubled = "".join(2 * letter for letter in word)
    single, double = reduce_romanised(pack_letters([word, doubled]))
    assert single == double


def test_terms_are_reduced_together_as_alone():
    terms = ["chad", "algeria", "marc", "alic", "mexico", "xanadu", "tchaikovski", "cambridg", "ai", ""]
    together = reduce_terms(pack_letters(terms))
    np.testing.assert_array_equal(together, np.hstack([reduce_terms(pack_letters([term])) for term in terms]))


@pytest.mark.parametrize("word", ["", "٪", "😀"])
def test_a_word_without_letters_gives_nothing_to_look_for(word):
    assert int(reduce_romanised(pack_letters([romanise(word)]))[0]) < 64 or romanise(word).isalpha()
