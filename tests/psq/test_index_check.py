import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.english import english_terms
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq.index_check import UNSTEMMED, check_analyzer

TABLE = TranslationTable.from_rows("swa", {"maji": [("water", 1.0)]})


def test_no_tell_tale_form_is_an_index_term():
    assert not {term for form in UNSTEMMED for term in english_terms(form)} & set(UNSTEMMED)


def test_index_of_the_same_analyzer():
    check_analyzer(lambda term: int(term in {"water", "year", "call"}), TABLE, "index")


def test_stop_word_that_is_a_stem_is_no_fault():
    assert english_terms("the Andes") == ["and"]
    check_analyzer(lambda term: int(term in {"water", "and"}), TABLE, "index")


def test_index_without_stems():
    with pytest.raises(OpticalError, match="years, called"):
        check_analyzer(lambda term: int(term in {"water", "years", "called"}), TABLE, "index")
