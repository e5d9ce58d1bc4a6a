import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.qrels import read_qrels, write_qrels


def test_round_trip(tmp_path):
    qrels = {"007": {"a": 1, "b": -2}, "7": {"a": 0}}
    write_qrels(tmp_path / "q.txt", qrels)
    assert read_qrels(tmp_path / "q.txt") == qrels


def test_tabs_crlf_and_blank_lines(tmp_path):
    (tmp_path / "q.txt").write_bytes(b"1\t0\td\t2\r\n\r\n1 0 e 0")
    assert read_qrels(tmp_path / "q.txt") == {"1": {"d": 2, "e": 0}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 0 d\n", "q.txt:1: 3 columns"),
        ("1 0 d 1\n1 0 e high\n", "q.txt:2: grade 'high'"),
        ("1 0 d 1.0\n", "q.txt:1: grade '1.0'"),
        ("1 0 d 1\n1 0 d 1\n", "q.txt:2: document d is judged twice for query 1"),
        ("", "q.txt: contains no judgements"),
    ],
)
def test_fault_names_file_and_line(tmp_path, text, message):
    (tmp_path / "q.txt").write_text(text)
    with pytest.raises(OpticalError, match=message):
        read_qrels(tmp_path / "q.txt")
