"""Writers leave the old result or the new one."""

import errno
import gzip
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import (
    checksum,
    open_text,
    refuse_overwrite,
    replacing,
    write_file,
    write_folder,
    write_json,
    writing,
)
from pyserini_optical.files.replacing import RETIRED, restore_retired


def make_folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "a").write_text(content)
    return path


def fill(path: Path, content: str, overwrite: bool = True) -> None:
    with write_folder(path, overwrite) as folder:
        (folder / "a").write_text(content)
        (folder / "deep").mkdir()
        (folder / "deep" / "b").write_text(content)


@pytest.fixture(params=[True, False], ids=["swapped", "put aside"])
def swapping(request, monkeypatch):
    """Whether the system can swap folders; where it cannot, the other way is played on it."""
    if not request.param:
        monkeypatch.setattr(replacing, "_exchange", lambda new, path: False)
    return request.param


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with write_file(path) as file:
        file.write("one\n")
        assert not path.exists()
    assert path.read_bytes() == b"one\n"
    assert os.listdir(path.parent) == ["a.txt"]


def test_gzip_holds_the_same_bytes_each_time(tmp_path):
    for name in ("a.gz", "b.gz"):
        with write_file(tmp_path / name) as file:
            file.write("maji\n" * 100)
    assert checksum(tmp_path / "a.gz") == checksum(tmp_path / "b.gz")
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"maji\n" * 100


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_an_error_within_leaves_the_old_file(tmp_path, name):
    (tmp_path / name).write_text("old")
    with pytest.raises(ZeroDivisionError), write_file(tmp_path / name, overwrite=True) as file:
        file.write("new" * (1 // 0))
    assert (tmp_path / name).read_text() == "old"
    assert os.listdir(tmp_path) == [name]


def test_a_finished_result_is_not_overwritten_unasked(tmp_path):
    (tmp_path / "a").write_text("old")
    make_folder(tmp_path / "b", "old")
    with pytest.raises(OpticalError, match="pass --overwrite"), write_file(tmp_path / "a"):
        pass
    with pytest.raises(OpticalError, match="pass --overwrite"), write_folder(tmp_path / "b"):
        pass


def test_nor_one_that_was_finished_in_the_meantime(tmp_path):
    with pytest.raises(OpticalError, match="already exists"), write_file(tmp_path / "a"):
        (tmp_path / "a").write_text("another's")
    with pytest.raises(OpticalError, match="already exists"), write_folder(tmp_path / "b"):
        make_folder(tmp_path / "b", "another's")
    assert (tmp_path / "a").read_text() == (tmp_path / "b" / "a").read_text() == "another's"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_folder_is_replaced_whole(tmp_path, swapping):
    path = make_folder(tmp_path / "student", "old")
    (path / "left-over").touch()
    fill(path, "new")
    assert sorted(entry.name for entry in path.rglob("*")) == ["a", "b", "deep"]
    assert (path / "a").read_text() == "new"
    assert os.listdir(tmp_path) == ["student"]


def test_this_system_swaps_folders(tmp_path):
    one, other = make_folder(tmp_path / "one", "1"), make_folder(tmp_path / "other", "2")
    assert replacing._exchange(one, other) == (sys.platform in ("linux", "darwin"))
    with pytest.raises(OSError, match="No such file"):
        replacing._exchange(one, tmp_path / "none")


def test_an_error_within_leaves_the_old_folder(tmp_path, swapping):
    path = make_folder(tmp_path / "student", "old")
    with pytest.raises(ZeroDivisionError), write_folder(path, overwrite=True) as folder:
        (folder / "a").write_text("new" * (1 // 0))
    assert (path / "a").read_text() == "old"
    assert os.listdir(tmp_path) == ["student"]


@pytest.mark.parametrize("act", ["read", "write", "refuse"])
def test_a_folder_put_aside_by_a_killed_process_comes_back(tmp_path, act):
    path = tmp_path / "student"
    make_folder(tmp_path / f".student{RETIRED}", "old")
    if act == "read":
        with open_text(path / "a") as file:
            assert file.read() == "old"
    elif act == "write":
        with pytest.raises(OpticalError, match="already exists"), write_folder(path):
            pass
    else:
        with pytest.raises(OpticalError, match="already exists"):
            refuse_overwrite(path, False)
    assert (path / "a").read_text() == "old"


def test_a_newer_folder_is_not_replaced_by_one_put_aside(tmp_path):
    make_folder(tmp_path / f".student{RETIRED}", "old")
    make_folder(tmp_path / "student", "new")
    restore_retired(tmp_path / "student")
    assert (tmp_path / "student" / "a").read_text() == "new"


def test_a_folder_does_not_take_the_place_of_a_file(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(OpticalError, match="is a file, but the output is a folder"):
        fill(tmp_path / "a", "x")


def test_a_file_does_not_take_the_place_of_a_folder(tmp_path):
    make_folder(tmp_path / "a", "old")
    with pytest.raises(OpticalError, match="could not be written"), write_file(tmp_path / "a", overwrite=True):
        pass
    assert (tmp_path / "a" / "a").read_text() == "old"


FILL_THE_DISK = """
import sys
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_file, write_folder
kind, path = sys.argv[1:]
try:
    if kind == "folder":
        import numpy, safetensors.numpy
        with write_folder(path, overwrite=True) as folder:
            safetensors.numpy.save_file({"x": numpy.zeros(1 << 20)}, folder / "a")
    else:
        import random
        with write_file(path, overwrite=True) as file:
            for _ in range(200_000):
                file.write(f"{random.random()}\\n")
except OpticalError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize(("kind", "name"), [("file", "a.txt"), ("file", "a.txt.gz"), ("folder", "a")])
def test_a_full_disk_is_an_error_and_the_old_result_stays(tmp_path, kind, name):
    path = tmp_path / name
    if kind == "folder":
        make_folder(path, "old")
    else:
        path.write_text("old")

    def limit_files():  # Python ignores SIGXFSZ: a write beyond the limit fails as one on a full disk does
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    words = [sys.executable, "-c", FILL_THE_DISK, kind, str(path)]
    done = subprocess.run(words, preexec_fn=limit_files, capture_output=True, text=True, check=False)
    assert "could not be written" in done.stderr
    assert "File too large" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert ((path / "a") if kind == "folder" else path).read_text() == "old"
    assert os.listdir(tmp_path) == [name]


def test_no_space_left_is_told_of_the_right_file(tmp_path):
    with pytest.raises(OpticalError, match=r"a: could not be written \(No space left"), write_file(tmp_path / "a"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    match = r"source: No such file or directory; .*a was not written"
    with pytest.raises(OpticalError, match=match), write_file(tmp_path / "a"):
        (tmp_path / "source").read_text()
    assert os.listdir(tmp_path) == []


def test_everything_is_flushed_before_the_name_changes(tmp_path, monkeypatch):
    events = []
    replace, sync = os.replace, writing._sync
    monkeypatch.setattr(writing, "_sync", lambda path: (events.append(path.name.split(".")[-1]), sync(path)))
    monkeypatch.setattr(replacing.os, "replace", lambda *names: (events.append("renamed"), replace(*names)))
    fill(tmp_path / "student", "x")
    assert events.index("renamed") == len(events) - 2  # then the entry in the folder above
    assert {"a", "b", "deep", writing.PARTIAL.strip(".")} <= set(events[: events.index("renamed")])
    assert events[-1] == tmp_path.name


def test_json_is_indented_and_keeps_letters_as_they_are(tmp_path):
    write_json(tmp_path / "a.json", {"word": "वॉशिंग्टन"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "word": "वॉशिंग्टन"\n}\n'
    with pytest.raises(OpticalError, match="already exists"):
        write_json(tmp_path / "a.json", {})
