import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.searcher.passages import Collection, read_stored, split_contents


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"contents": "Title\nText, and\nmore"}, ("Title", "Text, and\nmore")),
        ({"contents": "text alone"}, ("", "text alone")),
        ({"contents": "only a line\n"}, ("", "only a line")),
        ({"title": "Title", "contents": "Title\nText"}, ("Title", "Text")),
        ({"title": "Title", "text": "Text"}, ("Title", "Text")),
        ({"title": "", "text": "Text"}, ("", "Text")),
        ({}, ("", "")),
    ],
)
def test_contents_are_split(document, expected):
    assert split_contents(document) == expected


def test_what_an_index_stores_is_read():
    assert read_stored('{"id": "1", "contents": "A\\nb"}') == ("A", "b")
    assert read_stored("A\nb") == ("A", "b")  # not every collection is JSON
    assert read_stored("[1]") == ("", "[1]")
    assert read_stored(None) == ("", "")


def test_a_collection_is_looked_up_line_by_line(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "é1", "contents": "Ä\\nö"}\n\n{"_id": 2, "text": "zwei"}\n', "utf-8")
    (tmp_path / "b.jsonl").write_text('{"id": "3", "title": "Drei", "text": "drei"}', "utf-8")
    collection = Collection(tmp_path)
    assert [collection.look_up(docid) for docid in ("3", "2", "é1")] == [("Drei", "drei"), ("", "zwei"), ("Ä", "ö")]
    assert len(collection) == 3
    with pytest.raises(OpticalError, match="'4' is not in the collection"):
        collection.look_up("4")


def test_what_is_no_collection_is_refused(tmp_path):
    with pytest.raises(OpticalError, match=r"contains no \.jsonl file"):
        Collection(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"id": "1"}\n{"contents": "no id"}\n')
    with pytest.raises(OpticalError, match=r"a\.jsonl:2: has no `id`"):
        Collection(tmp_path)
    (tmp_path / "a.jsonl").write_text('["id"]\n')
    with pytest.raises(OpticalError, match=r"a\.jsonl:1: is a list, but a JSON object is expected"):
        Collection(tmp_path)
