"""Readers name what is wrong and where."""

import bz2
import gzip
import lzma
import os

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, open_text, without_packing


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_told_by_its_bytes_and_a_mark_is_dropped(tmp_path, pack):
    for text in ("maji\n", "", "BZh9 is how bzip2 begins\n"):
        (tmp_path / "a").write_bytes(pack(f"\ufeff{text}".encode()))
        with open_text(tmp_path / "a") as file:
            assert file.read() == text


def test_the_name_without_its_packing():
    names = ["swa.tsv.gz", "swa.tsv.bz2", "swa.tsv.xz", "swa.tsv", "gz"]
    assert [without_packing(name) for name in names] == ["swa.tsv"] * 4 + ["gz"]


def damage_middle(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(byte ^ 0xFF for byte in content[middle : middle + 8]) + content[middle + 8 :]


TEXT = bytes(range(32, 127)) * 300
PACKED = gzip.compress(TEXT)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PACKED[:-20], "is truncated"),
        (PACKED[:12], "is truncated"),
        (damage_middle(PACKED), "is a damaged gzip file"),
        (PACKED[:-8] + b"\0" * 8, "is a damaged gzip file"),
        (PACKED + b"more", "is a damaged gzip file"),
        (bz2.compress(TEXT)[:-20], r"is truncated \(the bzip2"),
        (damage_middle(bz2.compress(TEXT)), "is a damaged bzip2 file"),
        (lzma.compress(TEXT)[:-20], r"is truncated \(the xz"),
        (damage_middle(lzma.compress(TEXT)), "is a damaged xz file"),
        (bz2.compress(b"one\ntw\xc3\n"), "a:2: is not valid UTF-8"),
        (b"one\n" * 50_000 + b"tw\xff\n", "a:50001: is not valid UTF-8"),
        (gzip.compress(b"one\ntw\xc3\n"), "a:2: is not valid UTF-8"),
        (b"one\n\xed\xa0\x80\n", "a:2: is not valid UTF-8"),  # half a surrogate pair
    ],
)
def test_damage_is_named(tmp_path, content, message):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(OpticalError, match=message), open_text(tmp_path / "a") as file:
        file.read()


def test_errors_of_others_pass_through_a_reader(tmp_path):
    (tmp_path / "a").write_text("fine")
    with pytest.raises(UnicodeDecodeError), open_text(tmp_path / "a"):
        b"\xff".decode()
    (tmp_path / "b").write_bytes(bz2.compress(b"fine"))
    for path in (tmp_path / "a", tmp_path / "b"):
        with pytest.raises(FileNotFoundError), open_text(path):
            (tmp_path / "none").read_text()


def test_what_cannot_be_opened_is_named(tmp_path):
    for path, message in ((tmp_path / "none", "no such file"), (tmp_path, "is a folder"), (tmp_path / "\0", "null")):
        error = ValueError if message == "null" else OpticalError
        with pytest.raises(error, match=message), open_text(path):
            pass
    with pytest.raises(OpticalError, match="no such file"):
        checksum(tmp_path / "none")


def test_a_pipe_is_refused_at_once(tmp_path):
    """Readers look at the first bytes, then read; and a pipe without a writer would be waited for."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/null"):
        with pytest.raises(OpticalError, match="is a pipe or a device"), open_text(path):
            pass


def test_a_missing_file_of_the_current_folder_is_said_to_be_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OpticalError, match=r"^topics\.tsv: no such file$"), open_text("topics.tsv"):
        pass
