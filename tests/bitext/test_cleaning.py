import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.bitext import Pair, Rules, clean, report_bitext
from pyserini_optical.bitext.pair import tidy_text
from pyserini_optical.commands import main
from pyserini_optical.errors import OpticalError


@pytest.mark.parametrize(
    ("english", "foreign", "rule"),
    [
        ("water", "", "empty side"),
        ("a" * 2001, "b" * 2001, "too long"),
        ("he reads the book", "He reads the BOOK", "identical sides"),
        ("yes", "b" * 100, "length ratio"),
        ("water", "вода", "wrong script"),
        ("вода", "maji", "wrong script"),
    ],
)
def test_each_rule_has_its_count(english, foreign, rule):
    rules = Rules("swa")
    assert list(clean([Pair(english, foreign, "s", 1)], rules)) == []
    assert dict(rules.dropped) == {rule: 1}


def test_duplicates_are_dropped_but_the_first():
    rules = Rules("swa")
    pairs = [Pair("Water", "Maji", "s", 1), Pair("water", "maji", "t", 2), Pair("water", "majini", "t", 3)]
    assert [pair.line for pair in clean(pairs, rules)] == [1, 3]
    assert dict(rules.dropped) == {"duplicate": 1}


@pytest.mark.parametrize(
    ("language", "english", "foreign"),
    [
        ("swa", "Nairobi", "Nairobi"),  # a name
        ("mar", "COVID-19 virus", "COVID-19 विषाणू आहे"),  # mostly Devanagari
        ("swa", "1984", "1984"),  # no letters at all
        ("xyz", "water", "вода"),  # a language whose script nobody told
        ("swa", "yes", "b" * 60),  # short sides have grace
    ],
)
def test_what_is_kept(language, english, foreign):
    rules = Rules(language)
    assert len(list(clean([Pair(english, foreign, "s", 1)], rules))) == 1
    assert not rules.dropped


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8))))
def test_nothing_is_dropped_in_silence(texts):
    rules = Rules("swa")
    kept = list(clean([Pair(english, foreign, "s", 1) for english, foreign in texts], rules))
    assert len(kept) + rules.dropped.total() == len(texts)


def test_tidy_text():
    assert tidy_text("  e\u0301\u200b a\u00a0b\n") == "é a b"
    assert tidy_text("क्\u200dष") == "क्\u200dष"
    with pytest.raises(ValueError, match=r"U\+DC00"):
        tidy_text("a\udc00")


@pytest.fixture
def bitext(tmp_path):
    path = tmp_path / "swa.tsv"
    path.write_text("source\teng\tswa\nn\twater\tmaji\nn\twater\tmaji\nbroken\nm\tThe fire\tmoto\n")
    return path


def test_report(bitext):
    report = report_bitext(bitext, "swa")
    assert (report.pairs, report.kept, report.malformed) == (3, 2, 1)
    assert report.dropped["duplicate"] == 1
    assert report.sources == {"n": 1, "m": 1}
    assert (report.english_words, report.english_types, report.foreign_words) == (3, 3, 2)
    with pytest.raises(OpticalError, match=r"swa\.tsv:4"):
        report_bitext(bitext, "swa", on_error="stop")


def test_the_verb_prints_the_report(bitext, capsys):
    assert main(["bitext", "report", str(bitext)]) == 0
    printed = capsys.readouterr().out
    assert "malformed lines" in printed
    assert "words: 3 English (3 different), 2 swa (2 different)" in printed


def test_the_verb_names_the_mistake(bitext, capsys):
    assert main(["bitext", "report", str(bitext), "--language", "som"]) == 2
    assert "column 'som' occurs 0 times" in capsys.readouterr().err
    assert main(["bitext", "report", "corpus.tsv"]) == 2
    assert "--language" in capsys.readouterr().err
