import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.lexicon.romanisation import romanise


@pytest.mark.parametrize(
    ("word", "roman"),
    [
        ("पंजाब", "pnjab"),  # the sign of a nasal is n here
        ("मुंबई", "mumbi"),  # and m before a labial
        ("لاہور", "lahwr"),
        ("عراق", "araq"),
        ("בגדד", "bgdd"),
        ("מלטה", "mlta"),
        ("Ντουμπάι", "dubai"),
        ("Բուրունդի", "burundi"),
        ("ซาเกร็บ", "sakerb"),
        ("แองโกลา", "aengkola"),  # the letter under a vowel sign has no sound
        ("ນອມ", "nom"),
        ("ຊາຣາເຢໂວ", "sarayewo"),
        ("ហ្វីជី", "fichi"),
        ("អង់ហ្គោឡា", "angaola"),
        ("ရန်ကုန်", "rnkun"),
        ("ဂျပန်", "jpn"),
        ("ஃபிஜி", "fiji"),
        ("മാൾട്ട", "maltt"),
        ("Санкт", "sankt"),
        ("ß", "ss"),
        ("२०२४", "2024"),
        ("", ""),
    ],
)
def test_a_word_is_written_as_it_is_said(word, roman):
    assert romanise(word) == roman


@given(st.text(max_size=30))
def test_any_text_becomes_letters_and_digits(text):
    roman = romanise(text)
    assert roman.isascii()
    assert roman == "" or (roman.isalnum() and roman == roman.lower())
