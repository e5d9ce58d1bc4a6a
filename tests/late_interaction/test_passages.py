import gzip

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.passages import read_passages

LINES = '{"id": "1", "title": "Kenya", "contents": "A country."}\n{"id": "2", "title": "", "contents": "Lake"}\n'


def test_title_and_contents_are_joined(tmp_path):
    (tmp_path / "corpus.jsonl").write_text(LINES)
    assert list(read_passages(tmp_path / "corpus.jsonl")) == [("1", "Kenya A country."), ("2", "Lake")]


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    (tmp_path / "b.jsonl").write_text('{"id": "3", "contents": "c"}\n')
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINES.encode()))
    (tmp_path / "README.md").write_text("not a passage")
    assert [docid for docid, _ in read_passages(tmp_path)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", r"corpus.jsonl:3: is not JSON"),
        ('{"id": "1"}', r"corpus.jsonl:3: is not an object with `id` and `contents`"),
        ("[]", r"corpus.jsonl:3: is not an object"),
        ('{"id": 7, "contents": "x"}', r"corpus.jsonl:3: .*must both be strings"),
    ],
)
def test_a_faulty_line_is_named(tmp_path, line, complaint):
    (tmp_path / "corpus.jsonl").write_text(LINES + line + "\n")
    with pytest.raises(OpticalError, match=complaint):
        list(read_passages(tmp_path / "corpus.jsonl"))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(OpticalError, match=r"holds no \.json"):
        list(read_passages(tmp_path))
