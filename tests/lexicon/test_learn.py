import json

import pytest

from pyserini_optical.bitext import Pair
from pyserini_optical.commands import main
from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon import LearnOptions, english_terms, learn_table, translate_word
from pyserini_optical.lexicon.table_names import load_table

SENTENCES = [
    ("The water is cold", "Maji ni baridi"),
    ("The water is hot", "Maji ni moto"),
    ("The tea is hot", "Chai ni moto"),
    ("The tea is cold", "Chai ni baridi"),
    ("Doctors", "Madaktari"),
    ("The doctors are here", "Madaktari ni hapa"),
]
PAIRS = [Pair(english, foreign, "demo", line) for line, (english, foreign) in enumerate(SENTENCES * 5, 2)]


def test_translations_are_index_terms():
    table = learn_table(PAIRS, "swa", LearnOptions(iterations=20))
    assert [table.translations(word)[0][0] for word in ("maji", "chai", "moto", "madaktari")] == [
        "water",
        "tea",
        "hot",
        "doctor",
    ]
    assert "ni" in table
    assert table.translations("ni") == []
    assert translate_word(table, "madaktarini").how == "stem"
    assert table.provenance["pairs"] == 30
    assert table.provenance["sources"] == {"demo": 30}
    assert table.provenance["options"]["iterations"] == 20


def test_a_table_into_the_language_gives_terms_of_an_index_in_it(tmp_path):
    table = learn_table(PAIRS, "swa", LearnOptions(iterations=20), documents="swa")
    assert (table.language, table.document_language) == ("eng", "swa")
    assert table.translations("water")[0][0] == english_terms("maji")[0]
    assert table.translations("doctors")[0][0] == english_terms("Madaktari")[0]
    table.save(tmp_path / "swa" / "documents")
    again = load_table(tmp_path, "eng", documents="swa")
    assert (again.document_language, again.translations("cold")) == ("swa", table.translations("cold"))
    with pytest.raises(
        OpticalError, match="has no table from swa into som; to search with English queries, make one with"
    ):
        load_table(tmp_path, "swa", documents="som")


def test_the_verb_makes_a_table_into_the_language(tmp_path):
    (tmp_path / "swa.tsv").write_text(
        "eng\tswa\n" + "".join(f"{english}\t{foreign}\n" for english, foreign in SENTENCES * 5)
    )
    words = ["lexicon", "--bitext", str(tmp_path / "swa.tsv"), "--output", str(tmp_path / "table")]
    assert main([*words, "--documents", "sw"]) == 0
    assert load_table(tmp_path / "table", documents="swa").language == "eng"
    assert main([*words, "--documents", "som", "--overwrite"]) == 2


def test_no_stems_when_none_are_asked_for():
    table = learn_table(PAIRS, "swa", LearnOptions(stem_length=0))
    assert not [word for word in table.words if word.endswith("*")]


def test_rows_are_short_and_sum_to_at_most_one():
    table = learn_table(PAIRS, "swa", LearnOptions(iterations=1, prior=0, threshold=0, most=2))
    for _, row in table.rows():
        assert len(row) <= 2
        assert sum(probability for _, probability in row) <= 1 + 1e-5


def test_empty_bitext():
    with pytest.raises(OpticalError, match="contains no pairs"):
        learn_table([], "swa")


@pytest.fixture
def bitext(tmp_path):
    path = tmp_path / "swa.tsv"
    lines = [
        f"demo\t{number} {english}\tna {number} {foreign}" for number, (english, foreign) in enumerate(SENTENCES * 5)
    ]
    path.write_text("source\teng\tswa\n" + "\n".join(lines) + "\n")
    return path


def test_the_verb_learns_and_shows(bitext, tmp_path, capsys):
    output = tmp_path / "tables" / "swa"
    assert main(["lexicon", "--bitext", str(bitext), "--output", str(output)]) == 0
    assert "from 30 pairs (0 dropped, 0 malformed lines)" in capsys.readouterr().out
    assert main(["lexicon", "show", str(output), "Maji", "nairobi"]) == 0
    shown = capsys.readouterr().out
    assert "water" in shown
    assert "itself" in shown
    content = json.loads((output / "table.json").read_text())
    assert content["bitext"][0]["file"] == "swa.tsv"
    assert len(content["bitext"][0]["sha256"]) == 64
    assert main(["lexicon", "--bitext", str(bitext), "--output", str(output)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["lexicon", "--bitext", str(bitext), "--output", str(output), "--overwrite"]) == 0


@pytest.mark.parametrize("arguments", [["show"], ["show", "swa"], ["--bitext", "swa.tsv"], []])
def test_the_verb_says_what_is_missing(arguments, capsys):
    assert main(["lexicon", *arguments]) == 2
    assert capsys.readouterr().err.startswith("error: lexicon")


def test_the_verb_stops_at_a_malformed_line(bitext, tmp_path, capsys):
    bitext.write_text(bitext.read_text() + "broken\n")
    arguments = ["lexicon", "--bitext", str(bitext), "--output", str(tmp_path / "t")]
    assert main(arguments) == 2
    assert "swa.tsv:32: 1 columns" in capsys.readouterr().err
    assert main([*arguments, "--on-error", "skip"]) == 0
