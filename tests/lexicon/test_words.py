import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.words import foreign_words


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Ng’ombe WA ng'ombe", "swa", ["ng'ombe", "wa", "ng'ombe"]),
        ("Da\u02bcdaada", "som", ["da'daada"]),
        ("L’eau qu'il boit aujourd'hui", "fra", ["l", "eau", "qu", "il", "boit", "aujourd'hui"]),
        ("dell'acqua un'isola", "ita", ["dell", "acqua", "un", "isola"]),
        ("dell'acqua", None, ["dell'acqua"]),
        ("पाणी\u200d आणि हवा, १९८४!", "mar", ["पाणी", "आणि", "हवा", "1984"]),
        ("cafe\u0301", None, ["café"]),
        ("ƙirji — waɗannan", "hau", ["ƙirji", "waɗannan"]),
        ("... ?!", None, []),
        ("ฉันรักประเทศไทย", "tha", ["ฉัน", "รัก", "ประเทศไทย"]),
        ("abc\u200bdef", None, ["abc", "def"]),
    ],
)
def test_words(text, language, words):
    assert foreign_words(text, language) == words


def test_tables_made_before_are_looked_up_as_they_were_made():
    older = "unicode-words-nfc-lower"
    assert foreign_words("पाणी\u200d १९८४ a\u200bb", "mar", older) == ["पाणी", "१९८४", "ab"]
    with pytest.raises(OpticalError, match="'x' is unknown"):
        foreign_words("a", None, "x")


@given(st.text())
def test_words_are_whole_and_stay_what_they_are(text):
    for word in foreign_words(text):
        assert word.split() == [word]
        assert foreign_words(unicodedata.normalize("NFD", word)) == foreign_words(word)
