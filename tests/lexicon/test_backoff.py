import pytest

from pyserini_optical.lexicon.backoff import split_compound, translate_word
from pyserini_optical.lexicon.table import TranslationTable

ROWS = {
    "wasser": [("water", 0.9)],
    "kraft": [("power", 0.6), ("water", 0.2)],
    "werk": [("plant", 0.5)],
    "kraftwerk": [("plant", 0.8)],
    "und": [],
    "arzt*": [("doctor", 0.8)],
}


@pytest.fixture
def table():
    return TranslationTable.from_rows("deu", ROWS, stem_length=4)


def test_a_word_of_the_table_is_not_split(table):
    found = translate_word(table, "kraftwerk")
    assert (found.how, found.alternatives) == ("table", [("plant", 0.8)])


def test_an_unseen_compound_mixes_the_translations_of_its_parts(table):
    found = translate_word(table, "wasserkraft")
    assert found.how == "compound"
    assert [term for term, _ in found.alternatives] == ["water", "power"]
    assert dict(found.alternatives) == pytest.approx({"water": 0.5 * 0.9 + 0.5 * 0.2, "power": 0.5 * 0.6})


def test_the_split_with_the_longest_short_part_is_taken(table):
    assert split_compound(table, "wasserkraftwerk") == ("wasser", "kraftwerk")


@pytest.mark.parametrize("word", ["wasserund", "undwasser", "wasserzug", "was", ""])
def test_a_part_that_is_short_unknown_or_without_translation_makes_no_compound(table, word):
    assert split_compound(table, word) is None


def test_an_unseen_word_shares_its_mass_with_its_stem(table):
    found = translate_word(table, "arztes")
    assert (found.how, dict(found.alternatives)) == ("stem", pytest.approx({"arzt": 0.5, "doctor": 0.4}))


def test_mass_is_never_made(table):
    for word in ("wasserkraft", "arztes", "nairobi", "kraft", "1984"):
        assert sum(share for _, share in translate_word(table, word).alternatives) <= 1 + 1e-9
