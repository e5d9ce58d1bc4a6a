"""What is written to a symbolic link is written to what it points to."""

import gzip
import os
from pathlib import Path

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import replacing, update_folder, write_file
from tests.files.test_writing import fill, make_folder


@pytest.mark.parametrize("there", [True, False], ids=["of a file", "of nothing yet"])
def test_a_link_is_written_through(tmp_path, there):
    target, link = tmp_path / "disk" / "run.txt", tmp_path / "run.txt.gz"
    target.parent.mkdir()
    if there:
        target.write_text("old")
    link.symlink_to(Path("disk") / "run.txt")
    with write_file(link, overwrite=True) as file:
        file.write("new\n")
        assert sorted(os.listdir(tmp_path)) == ["disk", "run.txt.gz"]  # the temporary file is beside the target
    assert link.is_symlink()
    assert gzip.decompress(target.read_bytes()) == b"new\n"
    assert os.listdir(target.parent) == ["run.txt"]
    with pytest.raises(OpticalError, match="already exists"), write_file(link):
        pass


@pytest.mark.parametrize("swaps", [True, False])
def test_a_link_to_a_folder_is_written_through(tmp_path, monkeypatch, swaps):
    if not swaps:
        monkeypatch.setattr(replacing, "_exchange", lambda new, path: False)
    target, link = make_folder(tmp_path / "disk", "old"), tmp_path / "student"
    link.symlink_to(target)
    fill(link, "new")
    assert link.is_symlink()
    assert (target / "a").read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == ["disk", "student"]


def test_a_link_within_a_folder_is_replaced_with_the_folder(tmp_path):
    """As in the Hugging Face cache, whose files are links to what other snapshots have, too."""
    blob, folder = tmp_path / "blob", tmp_path / "snapshot"
    blob.write_text("shared")
    folder.mkdir()
    (folder / "a").symlink_to(blob)
    with update_folder(folder) as partial, write_file(partial / "a", overwrite=True) as file:
        file.write("own")
    assert (folder / "a").read_text() == "own"
    assert blob.read_text() == "shared"
