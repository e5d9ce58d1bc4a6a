from pyserini_optical.searcher.answer import Mark, Reading
from pyserini_optical.searcher.marking import find_surface_forms, gloss_terms, mark_words
from pyserini_optical.searcher.terminal import cut_snippet

MJI = Reading("mji", 1, "table", (("citi", "city", 0.5), ("town", "town", 0.25)))
KIJIJI = Reading("kijiji", 1, "table", (("villag", "village", 0.75), ("town", "town", 0.125)))


def test_every_form_of_a_translation_is_marked_where_it_stands():
    text = "\U0001d53c: the City's towns, and cities."
    marks = mark_words(text, gloss_terms([MJI, KIJIJI]))
    assert [(text[mark.start : mark.end], mark.word, mark.probability) for mark in marks] == [
        ("City's", "mji", 0.5),
        ("towns", "mji", 0.25),
        ("cities", "mji", 0.5),
    ]


def test_nothing_is_marked_where_nothing_was_read():
    assert mark_words("the city", gloss_terms([])) == ()
    assert mark_words("", gloss_terms([MJI])) == ()


def test_a_term_is_shown_as_its_most_frequent_word():
    vocabulary = ["[CLS]", "##ies", "city", "cities", "towns", "a", "café"]
    assert find_surface_forms(vocabulary) == {"citi": "city", "town": "towns"}


def test_a_snippet_is_cut_where_most_is_marked():
    text = "nothing here, " * 50 + "the capital city of Kenya, " + "and nothing there, " * 50
    start = text.index("capital")
    marks = [Mark(start, start + 7, "mji", 0.5), Mark(start + 8, start + 12, "mji", 0.5)]
    begin, end = cut_snippet(text, marks, 200)
    assert begin <= start < start + 12 <= end <= begin + 200
    assert text[begin - 1] == " "
    assert text[end] == " "
    assert cut_snippet("short", []) == (0, 5)
