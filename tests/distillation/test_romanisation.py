import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.distillation.vocabulary import make_normalizer
from pyserini_optical.lexicon.devanagari import (
    CONSONANTS,
    NUKTA,
    SIGNS,
    VIRAMA,
    VOWEL_SIGNS,
    VOWELS,
    romanise_devanagari,
)

LETTERS = [*CONSONANTS, *VOWELS, *VOWEL_SIGNS, *SIGNS, VIRAMA, NUKTA, *"०१२३४५६७८९", "\u200c", "\u200d"]
NORMALIZER = make_normalizer(romanise=True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("मुंबई आणि कोल्हापूर", "mumbai ani kolhapur"),
        ("बराक ओबामा, 2008", "barak obama, 2008"),
        ("फ़ोन", "fon"),
        ("The data of दिल्ली", "the data of dilli"),
        ("CAFE\u0301", "caf\u00e9"),
    ],
)
def test_names_are_written_as_newspapers_write_them(text, read):
    assert NORMALIZER.normalize_str(text) == read


@given(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=12).map("".join))
def test_the_rules_read_a_word_as_the_function_does(word):
    letters = unicodedata.normalize("NFD", word)
    if romanise_devanagari(word) is not None:
        assert NORMALIZER.normalize_str(letters) == romanise_devanagari(letters)
