"""What is not the JSON that was expected is named, with its place."""

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import parse_object, read_json, read_object


def test_any_json_is_read(tmp_path):
    for text, content in (("[1]", [1]), ('{"a": null}', {"a": None})):
        (tmp_path / "a.json").write_text(text)
        assert read_json(tmp_path / "a.json", "fetch it") == content
    assert read_object(tmp_path / "a.json", "fetch it") == parse_object('{"a": null}', "a:1", "fetch it") == content


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[1]", "is a list"),
        ('"a"', "is a text"),
        ("1.5", "is a number"),
        ("true", "is true"),
        ("null", "is null"),
    ],
)
def test_what_stands_in_place_of_an_object_is_named(tmp_path, text, found):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(OpticalError, match=f"a.json: {found}, but a JSON object is expected; fetch it$"):
        read_object(tmp_path / "a.json", "fetch it")
    with pytest.raises(OpticalError, match=f"^a.jsonl:7: {found}, but a JSON object is expected; fetch it$"):
        parse_object(text, "a.jsonl:7", "fetch it")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"a"', r"a\.json:2: is not JSON \(Expecting ':' delimiter\); fetch it$"),
        ("[" * 100_000, r"a\.json: is nested too deeply; fetch it$"),
        ("1" * 5000, r"a\.json: is not JSON \(Exceeds the limit.*; fetch it$"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path, text, message):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(OpticalError, match=message):
        read_json(tmp_path / "a.json", "fetch it")
    with pytest.raises(OpticalError, match=r"^a\.jsonl:7: is n"):
        parse_object(text, "a.jsonl:7", "fetch it")
    with pytest.raises(OpticalError, match=r"^a\.jsonl:7: is not JSON"):
        parse_object(b"\xff", "a.jsonl:7", "fetch it")
