import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon import TranslationTable

names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=6).filter(
    lambda text: text.split() == [text]
)
thousandths = st.lists(st.tuples(names, st.integers(1, 250)), max_size=4, unique_by=lambda entry: entry[0])


@pytest.fixture
def table():
    rows = {"maji": [("dry", 0.03), ("water", 0.9)], "wa": [], "madak*": [("doctor", 0.8)], "u.s:a": [("a:b", 0.5)]}
    return TranslationTable.from_rows("swa", rows, stem_length=5, provenance={"pairs": 7})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.dictionaries(names, thousandths, max_size=6))
def test_what_is_saved_is_loaded(tmp_path, rows):
    rows = {word: [(term, share / 1000) for term, share in row] for word, row in rows.items()}
    TranslationTable.from_rows("swa", rows, stem_length=4, provenance={"pairs": 3}).save(tmp_path, overwrite=True)
    loaded = TranslationTable.load(tmp_path, "swa")
    assert {word: dict(row) for word, row in loaded.rows()} == {
        word: pytest.approx(dict(row)) for word, row in rows.items()
    }
    assert (loaded.language, loaded.stem_length, loaded.provenance) == ("swa", 4, {"pairs": 3})


def test_the_file_is_readable(table, tmp_path):
    table.save(tmp_path)
    with gzip.open(tmp_path / "table.tsv.gz", "rt", encoding="utf-8") as lines:
        assert lines.read() == "madak*\tdoctor:800\nmaji\twater:900 dry:30\nu.s:a\ta:b:500\nwa\t\n"


def test_equal_shares_are_in_the_order_of_their_terms(tmp_path):
    rows = {"w": [("b", 0.2003), ("a", 0.2001), ("c", 0.3)], "v": [("a", 0.1)]}
    TranslationTable.from_rows("swa", rows).save(tmp_path)
    loaded = TranslationTable.load(tmp_path)
    assert list(loaded.rows()) == [("v", [("a", 0.1)]), ("w", [("c", 0.3), ("a", 0.2), ("b", 0.2)])]


def test_rounding_never_lifts_a_row_above_one(tmp_path):
    thirds = [(term, 1 / 3) for term in "abc"]
    TranslationTable.from_rows("swa", {"w": thirds}).save(tmp_path)
    assert sum(p for _, p in TranslationTable.load(tmp_path).translations("w")) == pytest.approx(0.999)


def test_an_existing_table_is_not_replaced_unasked(table, tmp_path):
    table.save(tmp_path)
    with pytest.raises(OpticalError, match="--overwrite"):
        table.save(tmp_path)


def truncate(folder):
    path = folder / "table.tsv.gz"
    path.write_bytes(path.read_bytes()[:-12])


def flip_a_byte(folder):
    path = folder / "table.tsv.gz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def alter(folder):
    with gzip.open(folder / "table.tsv.gz", "wt") as file:
        file.write("maji\tfire:900\n")


def garble(folder):
    with gzip.open(folder / "table.tsv.gz", "wt") as file:
        file.write("maji\twater:900\nmoto fire\n")


def write_lines(*lines):
    def write(folder):
        with gzip.open(folder / "table.tsv.gz", "wt") as file:
            file.write("".join(f"{line}\n" for line in lines))

    return write


def drop_key(folder):
    path = folder / "table.json"
    content = json.loads(path.read_text())
    del content["sha256"]
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, r"table\.tsv\.gz: "),
        (flip_a_byte, r"table\.tsv\.gz"),
        (alter, r"table\.tsv\.gz: does not match table\.json"),
        (garble, r"table\.tsv\.gz:2: is not `word TAB"),
        (write_lines("maji\twater:900", "maji\tdry:30"), r"table\.tsv\.gz:2: "),  # twice
        (write_lines("wa\t", "maji\twater:900 dry:0"), r"table\.tsv\.gz:2: "),
        (write_lines("wa\t", "maji\twater:900 dry:-3"), r"table\.tsv\.gz:2: "),
        (write_lines("maji\twater:900 dry:101"), r"table\.tsv\.gz:1: "),  # more than 1
        (write_lines("maji\twater:900  dry:30"), r"table\.tsv\.gz:1: "),
        (drop_key, r"table\.json: has no sha256"),
        (lambda folder: (folder / "table.json").write_text("{"), r"table\.json:1: is not JSON"),
        (
            lambda folder: (folder / "table.json").write_text("{}"),
            r"table\.json: does not describe a translation table",
        ),
        (lambda folder: (folder / "table.json").unlink(), r"table\.json: no such file"),
    ],
)
def test_a_damaged_table_is_refused(table, tmp_path, damage, message):
    table.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(OpticalError, match=message):
        TranslationTable.load(tmp_path)


def test_a_table_of_another_language_is_refused(table, tmp_path):
    table.save(tmp_path)
    with pytest.raises(OpticalError, match="is a table for swa, not som"):
        TranslationTable.load(tmp_path, "som")
