import pytest

from pyserini_optical.lexicon.backoff import translate_word
from pyserini_optical.lexicon.names import NameFinder, is_latin
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.vocabulary import Vocabulary

# Names among words that are near to some of them, with document frequencies.
TERMS = {
    "california": 2371, "californian": 29, "calpurnia": 5, "mangeshkar": 2, "monegasqu": 8, "nagasaki": 42,
    "ratnagiri": 3, "ratanakiri": 2, "mumbai": 140, "member": 3000, "gandhi": 90, "kandi": 20, "canada": 900,
    "kenya": 300, "kanye": 20, "water": 9000, "weather": 800, "writer": 1200, "tolstoi": 30, "telescop": 90,
}  # fmt: skip
TEN_SPELLINGS = [
    "कैलिफोर्निया", "कॅलिफोर्निया", "کیلیفورنیا", "ካሊፎርንያ", "កាលីហ្វ័រនីញ៉ា", "Калифорния", "Καλιφόρνια", "קליפורניה",
    "ক্যালিফোর্নিয়া", "கலிபோர்னியா",
]  # fmt: skip


@pytest.fixture(scope="module")
def finder():
    vocabulary = Vocabulary.from_terms(list(TERMS), list(TERMS.values()), 20_000)
    return NameFinder(vocabulary, {"ला": 0.02, "च्या": 0.01, "को": 0.06})


def terms(names):
    return [name.term for name in names]


@pytest.mark.parametrize("word", TEN_SPELLINGS)
def test_a_name_is_found_however_it_is_spelt(finder, word):
    assert terms(finder.find(word))[0] == "california"


def test_a_word_of_the_index_is_found_by_its_stem():
    finder = NameFinder(Vocabulary.from_terms(["pari", "parish", "matamoro"], [900, 90, 2], 1000), {})
    assert terms(finder.find("парис"))[0] == "pari"  # Paris
    assert terms(finder.find("มาตาโมรอส")) == ["matamoro"]


def test_one_consonant_is_enough():
    finder = NameFinder(Vocabulary.from_terms(["harar", "other", "amman"], [40, 900, 30], 1000), {})
    assert terms(finder.find("হারারে"))[0] == "harar"  # Harare
    assert terms(finder.find("Амман"))[0] == "amman"


@pytest.mark.parametrize("word", ["فنزويلا", "Βενεζουέλα", "ונצואלה", "ቬንዝዌላ"])
def test_a_script_may_write_v_as_f_or_b(word):
    finder = NameFinder(Vocabulary.from_terms(["venezuela", "onslow", "penalti"], [90, 9, 90], 1000), {})
    assert terms(finder.find(word))[0] == "venezuela"


def test_an_ending_of_the_language_is_taken_off(finder):
    best = finder.find("कॅलिफोर्नियाच्या")[0]
    assert (best.term, best.ending) == ("california", "च्या")


def test_an_ending_that_is_none_is_not(finder):
    assert "california" not in terms(finder.find("कॅलिफोर्नियाबद्दल"))


def test_a_rare_name_that_fits_stands_before_a_frequent_one_that_does_not(finder):
    assert terms(finder.find("मंगेशकर"))[0] == "mangeshkar"
    assert terms(finder.find("रत्नागिरी"))[:2] == ["ratnagiri", "ratanakiri"]


def test_probabilities_are_those_of_one_word(finder):
    for word in TEN_SPELLINGS:
        found = finder.find(word)
        assert sum(name.probability for name in found) == pytest.approx(1)
        assert all(0 < name.similarity <= 1 for name in found)
        assert len(found) <= 4


@pytest.mark.parametrize("word", ["नागपूर", "Достоевский", "ሃይለስላሴ"])
def test_a_name_that_the_index_does_not_hold_is_not_made_up(finder, word):
    assert finder.find(word) == []


@pytest.mark.parametrize("word", ["वाटर", "विचार", "आई", "का", "و", "", "'", "一"])
def test_a_word_that_only_looks_like_a_name_stands_for_near_words_or_none(finder, word):
    assert set(terms(finder.find(word))) <= {"water", "weather", "writer"}


def test_an_empty_vocabulary_holds_no_name():
    finder = NameFinder(Vocabulary.from_terms([], [], 0), {})
    assert finder.find("मुंबई") == []
    assert not finder.holds(["mumbai"])


def test_a_word_that_the_index_holds_is_itself(finder):
    table = TranslationTable.from_rows("som", {"biyo": [("water", 0.9)]})
    assert translate_word(table, "kenya", finder).alternatives == [("kenya", 1.0)]
    assert translate_word(table, "kenya", finder).how == "itself"


def test_a_word_in_latin_letters_that_it_does_not_hold_may_be_a_name_of_another_spelling(finder):
    table = TranslationTable.from_rows("deu", {"wasser": [("water", 0.9)]})
    assert terms(finder.find("kalifornia"))[0] == "california"
    assert translate_word(table, "zwetschge", finder).how == "itself"


def test_a_translation_says_what_was_read(finder):
    table = TranslationTable.from_rows("mar", {"पाणी": [("water", 0.9)]})
    found = translate_word(table, "मुंबईला", finder)
    assert (found.how, found.reading, found.alternatives[0][0]) == ("name", "mumbila without ला", "mumbai")
    assert translate_word(table, "पाणी", finder).how == "table"


def test_a_stem_shares_with_the_name(finder):
    table = TranslationTable.from_rows("mar", {"मुंबई*": [("water", 0.8)]}, stem_length=5)
    found = translate_word(table, "मुंबईला", finder)
    assert found.how == "stem"
    assert {"water", "mumbai"} <= {term for term, _ in found.alternatives}
    assert sum(probability for _, probability in found.alternatives) <= 1 + 1e-9


@pytest.mark.parametrize(("word", "expected"), [("zürich", True), ("'ng", True), ("ß", True), ("Ж", False), ("", True)])
def test_letters_are_told_apart(word, expected):
    assert is_latin(word) is expected
