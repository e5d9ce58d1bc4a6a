import json
import subprocess
import sys

import faiss
import numpy as np
import pytest

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.dense_index import check_dense_index, read_origin
from pyserini_optical.encoder.sharded import encode_parts
from pyserini_optical.errors import OpticalError


class Lengths:
    """Encodes a text as its length and one; dies when asked for more batches than it was given."""

    checkpoint = Checkpoint(dimension=2)

    def __init__(self, batches=1000):
        self.batches = batches

    def encode(self, texts):
        if not self.batches:
            raise KeyboardInterrupt
        self.batches -= 1
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    lines = [json.dumps({"id": f"d{number}", "contents": "x" * (number + 1)}) for number in range(11)]
    (folder / "a.jsonl").write_text("\n".join(lines[:6]) + "\n", encoding="utf-8")
    (folder / "b.jsonl").write_text("\n".join(lines[6:]) + "\n", encoding="utf-8")
    return folder


def read_parts(output):
    numbers = sorted(int(path.name.removeprefix("part-")) for path in output.glob("part-*"))
    found = []
    for number in numbers:
        index = faiss.read_index(str(output / f"part-{number}" / "index"))
        docids = (output / f"part-{number}" / "docid").read_text().split()
        assert index.ntotal == len(docids)
        found += [(docid, int(row[0])) for docid, row in zip(docids, index.reconstruct_n(0, index.ntotal), strict=True)]
    return found


ALL = [(f"d{number}", number + 1) for number in range(11)]


def test_a_killed_run_goes_on_where_it_was(corpus, tmp_path):
    output = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        encode_parts(corpus, output, Lengths(2), "lengths", part_size=3)
    assert sorted(path.name for path in output.glob("part-*")) == ["part-0", "part-1"]
    rest = Lengths(2)  # enough for the two parts that are missing, not for those that are there
    parts = encode_parts(corpus, output, rest, "lengths", part_size=3)
    assert len(parts) == 4
    assert rest.batches == 0
    assert read_parts(output) == ALL


def test_processes_share_the_parts_out_and_pyserini_merges_them(corpus, tmp_path):
    output = tmp_path / "out"
    shards = [encode_parts(corpus, output, Lengths(), "lengths", 4, shard, 2) for shard in (1, 0)]
    assert [[part.name for part in shard] for shard in shards] == [["part-1"], ["part-0", "part-2"]]
    merge = ["--prefix", str(output / "part-"), "--shard-num", "3", "--dimension", "2"]
    code = (
        "import importlib.util, runpy, sys\n"
        "folder = importlib.util.find_spec('pyserini').submodule_search_locations[0]\n"
        "sys.argv[0] = 'merge'; runpy.run_path(folder + '/index/merge_faiss_indexes.py', run_name='__main__')"
    )
    subprocess.run([sys.executable, "-c", code, *merge], check=True)
    merged = faiss.read_index(str(output / "part-full" / "index"))
    assert merged.reconstruct_n(0, 11)[:, 0].tolist() == list(range(1, 12))
    assert (output / "part-full" / "docid").read_text().split() == [docid for docid, _ in ALL]


def test_what_does_not_fit_is_refused(corpus, tmp_path):
    output = tmp_path / "out"
    encode_parts(corpus, output, Lengths(), "lengths", 4)
    with pytest.raises(OpticalError, match="another encoder and part_size"):
        encode_parts(corpus, output, Lengths(), "others", 5)
    with pytest.raises(OpticalError, match="shard-id 2"):
        encode_parts(corpus, output, Lengths(), "lengths", 4, 2, 2)
    (corpus / "c.jsonl").write_text('{"id": "d99"}\n', encoding="utf-8")
    with pytest.raises(OpticalError, match=r"c.jsonl:1: is not a passage"):
        encode_parts(corpus, tmp_path / "other", Lengths(), "lengths", 4)
    with pytest.raises(OpticalError, match="neither a JSON lines file"):
        encode_parts(tmp_path / "none", tmp_path / "third", Lengths(), "lengths")


def test_every_part_says_who_made_it(corpus, tmp_path):
    for part in encode_parts(corpus, tmp_path / "out", Lengths(), "lengths", 4):
        check_dense_index(part, Lengths.checkpoint, "lengths")
        assert read_origin(part).sha256 == Lengths.checkpoint.teacher.sha256


@pytest.mark.parametrize("identifier", ["doc 1", "", "a\\tb"])
def test_an_identifier_that_no_run_can_hold_is_found_before_it_is_encoded(corpus, tmp_path, identifier):
    (corpus / "0.jsonl").write_text(f'{{"id": "{identifier}", "contents": "x"}}\n', encoding="utf-8")
    encoder = Lengths(0)
    with pytest.raises(OpticalError, match=r"0.jsonl:1: identifier '.*' is empty or contains white space"):
        encode_parts(corpus, tmp_path / "out", encoder, "lengths", 4)
