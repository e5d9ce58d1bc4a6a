import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq.structured import Pruning, structure_query

TABLE = TranslationTable.from_rows(
    "swa",
    {
        "maji": [("water", 0.75), ("fluid", 0.125), ("rain", 0.0625)],
        "mji": [("citi", 0.5), ("town", 0.375)],
        "ya": [],
    },
)


def terms(query, pruning=None):
    return {item.word: dict(item.terms) for item in structure_query(query, TABLE, pruning)}


def test_words_with_their_translations():
    assert terms("Mji maji") == {
        "mji": {"citi": 0.5, "town": 0.375},
        "maji": {"water": 0.75, "fluid": 0.125, "rain": 0.0625},
    }


def test_repeated_words_weigh_more():
    structured = structure_query("maji mji MAJI maji", TABLE)
    assert [(item.word, item.count) for item in structured] == [("maji", 3), ("mji", 1)]


@pytest.mark.parametrize(
    ("pruning", "kept"),
    [
        (Pruning(smallest=0.1), ["water", "fluid"]),
        (Pruning(mass=0.8), ["water", "fluid"]),
        (Pruning(mass=0.75), ["water"]),
        (Pruning(most=1), ["water"]),
        (Pruning(smallest=0.0), ["water", "fluid", "rain"]),
    ],
)
def test_pruning(pruning, kept):
    assert list(terms("maji", pruning)["maji"]) == kept


def test_a_name_the_table_does_not_know_stands_for_itself():
    (name,) = structure_query("Nairobi", TABLE)
    assert name.terms == (("nairobi", 1.0),)
    assert name.how == "itself"


def test_a_word_that_translates_to_stop_words_alone_stands_for_nothing():
    assert terms("ya") == {"ya": {}}


@pytest.mark.parametrize("wrong", [{"smallest": 1.5}, {"mass": 0.0}, {"most": 0}])
def test_pruning_that_makes_no_sense(wrong):
    with pytest.raises(OpticalError, match="pruning by"):
        Pruning(**wrong)
