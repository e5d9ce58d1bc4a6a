"""`optical-index.json` is written by Pyserini's encoding, and goes along when it makes an index of others."""

import json
import shutil
from types import SimpleNamespace

import faiss
import pytest

from pyserini_optical.encoder.dense_index import read_origin
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import origins

HNSW = ("-m", "pyserini.index.faiss", "--input", "vectors", "--dim", "384", "--hnsw", "--M", "8", "--efC", "16")
MERGE = ("-m", "pyserini.index.merge_faiss_indexes", "--dimension", "384", "--shard-num", "2")


@pytest.fixture
def parts(work, tmp_path):
    for number in range(2):
        shutil.copytree(work / "vectors", tmp_path / f"part-{number}")
    return tmp_path


def test_a_graph_of_an_index_says_who_made_it(installation, work, tmp_path):
    installation.run(*HNSW, "--output", tmp_path / "graph", cwd=work)
    assert read_origin(tmp_path / "graph") == read_origin(work / "vectors") is not None


def test_a_merge_says_who_made_its_parts_if_all_do(installation, parts):
    words = (*MERGE, "--prefix", str(parts / "part-"))
    installation.run(*words)
    assert faiss.read_index(str(parts / "part-full" / "index")).ntotal == 120
    assert read_origin(parts / "part-full") == read_origin(parts / "part-0") is not None

    (parts / "part-1" / "optical-index.json").unlink()
    installation.run(*words)
    assert read_origin(parts / "part-full") is None


def test_parts_of_two_teachers_are_not_merged(installation, parts):
    path = parts / "part-1" / "optical-index.json"
    other = json.loads(path.read_text(encoding="utf-8")) | {"teacher": "another", "sha256": {"model.safetensors": "0"}}
    path.write_text(json.dumps(other), encoding="utf-8")
    done = installation.run(*MERGE, "--prefix", str(parts / "part-"), status=1)
    assert "part-1: was built with another, " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (parts / "part-full").exists()


def test_a_failed_command_leaves_nothing_behind(installation, work, tmp_path):
    done = installation.run(*HNSW, "--output", tmp_path / "no" / "such", cwd=work, status=1)
    assert "pyserini-optical" not in done.stderr
    assert not (tmp_path / "no").exists()


def test_an_encoding_that_breaks_off_leaves_no_index(tmp_path):
    """Pyserini writes what there is, which would pass for an index of the whole collection."""

    class Writer:
        id_file_name = "docid"

        def __init__(self, folder):
            self.dir_path = str(folder)
            self.id_file = open(folder / "docid", "w")  # noqa: SIM115 (as Pyserini)

        def write(self, batch, fields=None):
            self.id_file.write("".join(f"{identifier}\n" for identifier in batch["id"]))

        def __exit__(self, *error):
            self.id_file.close()
            (tmp_path / "index").write_text("vectors")

    origins.guard_writer(SimpleNamespace(FaissRepresentationWriter=Writer))
    with pytest.MonkeyPatch.context() as patch:
        command = SimpleNamespace(student="optical", values=lambda flag: ["corpus"])
        patch.setattr(origins, "running_command", lambda: command)
        Writer(tmp_path).write({"id": ["d1", "d2"]})
        with pytest.raises(OpticalError, match="corpus: identifier 'doc 3' is empty or contains white space"):
            Writer(tmp_path).write({"id": ["d1", "doc 3"]})
        Writer(tmp_path).__exit__(ValueError, ValueError("no memory"), None)
        assert list(tmp_path.iterdir()) == []
        Writer(tmp_path).__exit__(None, None, None)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["docid", "index", "optical-index.json"]
        patch.setattr(origins, "running_command", lambda: None)  # made anew by another encoder
        Writer(tmp_path).__exit__(None, None, None)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["docid", "index"]
