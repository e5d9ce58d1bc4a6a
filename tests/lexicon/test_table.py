import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon import TranslationTable, translate_word

ROWS = {"maji": [("dry", 0.03), ("water", 0.9)], "wa": [], "madak*": [("doctor", 0.8)], "u.s:a": [("a:b", 0.5)]}


@pytest.fixture
def table():
    return TranslationTable.from_rows("swa", ROWS, stem_length=5, provenance={"pairs": 7})


def test_look_up_gives_the_best_first(table):
    assert [term for term, _ in table.translations("maji")] == ["water", "dry"]
    assert dict(table.translations("maji")) == pytest.approx({"water": 0.9, "dry": 0.03})
    assert table.translations("wa") == table.translations("moto") == []
    assert "wa" in table
    assert "moto" not in table
    assert len(table) == 4


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([("a", 0.0)], r"not in \(0, 1\]"),
        ([("a", float("nan"))], r"not in \(0, 1\]"),
        ([("a", 0.7), ("b", 0.7)], "sums to 1.4"),
        ([("two words", 0.7)], "contain a space"),
    ],
)
def test_what_is_no_distribution_is_refused(row, message):
    with pytest.raises(OpticalError, match=message):
        TranslationTable.from_rows("swa", {"maji": row})


@pytest.mark.parametrize(
    ("word", "how", "alternatives"),
    [
        ("maji", "table", [("water", 0.9), ("dry", 0.03)]),
        ("wa", "stop word", []),
        ("the", "stop word", []),
        ("madaktarini", "stem", [("madaktarini", 0.5), ("doctor", 0.4)]),
        ("mada", "itself", [("mada", 1.0)]),
        ("nations", "itself", [("nation", 1.0)]),
        ("1984", "number", [("1984", 1.0)]),
        ("१९८४", "number", [("1984", 1.0)]),
        ("ओबामा", "itself", [("obama", 1.0)]),
        ("Владивосток", "itself", [("vladivostok", 1.0)]),
    ],
)
def test_fall_backs_say_what_they_are(table, word, how, alternatives):
    found = translate_word(table, word)
    assert found.how == how
    assert [term for term, _ in found.alternatives] == [term for term, _ in alternatives]
    assert dict(found.alternatives) == pytest.approx(dict(alternatives))


def test_a_table_without_stems_falls_back_to_the_word():
    table = TranslationTable.from_rows("swa", {"*": [("x", 1.0)]})
    assert translate_word(table, "madaktari").how == "itself"
