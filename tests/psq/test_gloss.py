import pytest

from pyserini_optical.lexicon.names import NameFinder
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.vocabulary import Vocabulary
from pyserini_optical.psq.gloss import write_gloss
from pyserini_optical.psq.structured import structure_query

ROWS = {"राजधानी": [("capit", 0.8), ("citi", 0.1)], "का": [], "नदी": [("river", 0.9)], "शहर": [("citi", 0.7)]}
MARATHI = TranslationTable.from_rows("mar", ROWS)
NAMES = NameFinder(Vocabulary.from_terms(["kenya", "nairobi"], [30, 5], 100), {})
FORMS = {"capit": "capital", "citi": "city"}


def gloss(query, table=MARATHI, names=NAMES):
    return write_gloss(structure_query(query, table, names=names), FORMS)


def test_each_word_is_written_as_an_english_word():
    assert gloss("केनिया का राजधानी शहर") == "kenya capital city"


def test_what_nobody_knows_is_written_in_latin_letters():
    assert gloss("पुणे 1984 un २०२४") == "pune 1984 un 2024"


@pytest.mark.parametrize("query", ["", "का का", "…"])
def test_nothing_said_is_an_empty_gloss(query):
    assert gloss(query) == ""


def test_both_parts_of_a_compound_are_written():
    table = TranslationTable.from_rows("deu", {"wasser": [("water", 0.9)], "kraft": [("power", 0.8)]})
    assert gloss("Wasserkraft", table, None) == "water power"
