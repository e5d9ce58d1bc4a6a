import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.bitext import zawgyi
from pyserini_optical.bitext.normalisation import LONGEST_RUN, cut_long_runs, normalise_text
from pyserini_optical.bitext.zawgyi import is_zawgyi

UNICODE, ZAWGYI = "မြန်မာစာ", "ျမန္မာစာ"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أحمد إلى مدرسة", "احمد الي مدرسه"),  # alef, yeh and teh marbuta, as they are typed in haste
        ("كتاب", "کتاب"),  # an Arabic and a Persian keyboard
        ("مـــدرسة", "مدرسة"),  # tatweel
        ("كَتَبَ", "كتب"),  # vowel points
        ("\ufedf\ufe8e", "لا"),  # presentation forms
        ("ሠላም ዓለም", "ሰላም አለም"),
        ("ፀሐይ", "ጸሀይ"),
        ("ก\u0e4d\u0e32", "ก\u0e33"),
        ("ຂ້າ\u200bພະ\u200bເຈົ້າ", "ຂ້າພະເຈົ້າ"),
        ("១៩៨៤", "1984"),
        ("ｆｕｌｌ", "full"),
        ("mba’e", "mba'e"),
        ("שָׁלוֹם", "שלום"),
        ("cafe\u0301", "café"),
    ],
)
def test_what_is_meant_alike_is_read_alike(one, other):
    assert normalise_text(one) == normalise_text(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ខ្ញុំស្រឡាញ់ប្រទេសកម្ពុជា", ["ខ្ញុំ", "ស្រឡាញ់", "ប្រទេស", "កម្ពុជា"]),
        ("ພວກເຮົາ", ["ພວກ", "ເຮົາ"]),
        ("ကမ္ဘာကြီး", ["ကမ္ဘာ", "ကြီး"]),
        ("私は日本語", ["私", "は", "日本語"]),
        ("我喜欢COVID疫苗", ["我", "喜欢", "COVID", "疫苗"]),
        ("a\u200bb", ["a", "b"]),
    ],
)
def test_words_are_parted(text, words):
    assert normalise_text(text).split() == words


def test_letters_that_tell_words_apart_stay():
    assert len({normalise_text(word) for word in ("دهن", "دھن")}) == 2  # Urdu: mind, tune
    assert normalise_text("Straße İzmir ñandú ɗaki पाणी") == "Straße İzmir ñandú ɗaki पाणी"


@given(st.text())
def test_a_second_time_changes_nothing(text):
    once = normalise_text(text)
    assert normalise_text(unicodedata.normalize("NFC", once)) == once


@given(st.text(alphabet="aé\u0e01\u0e49 ", min_size=1, max_size=500))
def test_no_run_is_longer_than_a_tokenizer_reads(text):
    assert max(map(len, normalise_text(text).split()), default=0) <= LONGEST_RUN
    assert cut_long_runs(text).replace(" ", "") == text.replace(" ", "")


def test_zawgyi_is_recognised_said_once_and_read_as_unicode(caplog):
    zawgyi._say_it.cache_clear()
    assert is_zawgyi(ZAWGYI)
    assert not is_zawgyi(UNICODE)
    assert not is_zawgyi("ဘာဆိုလိုတာလဲ။")  # short, and of letters that both have
    assert not is_zawgyi("maji 42")
    with caplog.at_level(logging.WARNING):
        normalise_text(UNICODE)
        assert not caplog.records
        assert normalise_text(ZAWGYI) == normalise_text(UNICODE)
        normalise_text(ZAWGYI)
    (record,) = caplog.records
    assert "Zawgyi" in record.message
