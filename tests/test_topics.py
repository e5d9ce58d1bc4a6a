import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.topics import read_topics, write_topics


def test_round_trip(tmp_path):
    topics = {"007": "nani alikuwa", "7": "wie ist  das\n"}
    write_topics(tmp_path / "t.tsv.gz", topics)
    assert read_topics(tmp_path / "t.tsv.gz") == {"007": "nani alikuwa", "7": "wie ist das"}


def test_crlf_and_blank_lines(tmp_path):
    (tmp_path / "t.tsv").write_bytes(b"1\tone\r\n\r\n2\ttwo")
    assert read_topics(tmp_path / "t.tsv") == {"1": "one", "2": "two"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ta\n2 b\n", "t.tsv:2: 1 columns"),
        ("1\ta\tb\n", "t.tsv:1: 3 columns"),
        ("1\ta\n2\t \n", "t.tsv:2: query 2 is empty"),
        ("1\ta\n1\tb\n", "t.tsv:2: query 1 stands above"),
        ("\ta\n", "t.tsv:1: identifier '' is empty"),
        ("1 2\ta\n", "t.tsv:1: identifier '1 2'"),
        ("", "t.tsv: holds no topics"),
    ],
)
def test_fault_names_file_and_line(tmp_path, text, message):
    (tmp_path / "t.tsv").write_text(text)
    with pytest.raises(OpticalError, match=message):
        read_topics(tmp_path / "t.tsv")
