import json
import logging
import shutil
import subprocess
import sys

import faiss
import numpy as np
import pytest

from pyserini_optical.commands import main
from pyserini_optical.encoder import OpticalDocumentEncoder
from pyserini_optical.encoder.sharded import encode_parts
from pyserini_optical.errors import OpticalError

WORDS = ["what", "is", "the", "capital", "of", "kenya", "river", "lake", "doctor"]
MEMORY = 100_000_000


@pytest.fixture
def corpus(tmp_path):
    lines = [{"id": f"d{number}", "contents": " ".join(WORDS[: number + 1])} for number in range(9)]
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def read_part(part):
    index = faiss.read_index(str(part / "index"))
    return (part / "docid").read_text(), index.reconstruct_n(0, index.ntotal)


def test_two_workers_encode_what_one_process_does_and_go_on_after_a_loss(corpus, tiny_packs, tmp_path, caplog):
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    from pyserini_optical.encoder.sharded import encode_parts_on_ray

    alone = encode_parts(corpus, tmp_path / "alone", OpticalDocumentEncoder(tiny_packs), "tiny", 2)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": MEMORY})
    try:
        cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
        shared = tmp_path / "shared"
        with caplog.at_level(logging.INFO):
            parts = encode_parts_on_ray(corpus, shared, str(tiny_packs), cluster.address, 2, 2)
        assert len({line.split()[3] for line in caplog.messages if line.startswith("shard ")}) == 2  # nodes
        assert [part.name for part in parts] == [part.name for part in alone] == [f"part-{n}" for n in range(5)]
        for theirs, ours in zip(parts, alone, strict=True):
            (docids, vectors), (expected, by_one) = read_part(theirs), read_part(ours)
            assert docids == expected
            np.testing.assert_allclose(vectors, by_one, atol=1e-5)

        shutil.rmtree(shared / "part-3")
        kept = (shared / "part-2" / "index").stat().st_mtime_ns
        where = ["--corpus", str(corpus), "--output", str(shared), "--encoder", str(tiny_packs), "--part-size", "2"]
        assert main(["encode", *where, "--ray", cluster.address, "--shard-num", "2"]) == 0
        assert read_part(shared / "part-3")[0] == "d6\nd7\n"
        assert (shared / "part-2" / "index").stat().st_mtime_ns == kept

        with pytest.raises(OpticalError, match="another part_size"):
            encode_parts_on_ray(corpus, shared, str(tiny_packs), cluster.address, 3, 2)
    finally:
        cluster.shutdown()


def test_without_ray_the_extra_is_named(corpus, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["encode", "--corpus", str(corpus), "--output", str(tmp_path / "out"), "--ray", "local"]) == 2
    assert "pyserini-optical[ray]" in capsys.readouterr().err


def test_one_shard_and_all_shards_at_once_are_refused(corpus, tmp_path, capsys):
    where = ["--corpus", str(corpus), "--output", str(tmp_path)]
    assert main(["encode", *where, "--ray", "local", "--shard-id", "1"]) == 2
    assert "--shard-id 1: --ray encodes all shards" in capsys.readouterr().err


def test_the_command_of_earlier_versions_goes_on_with_a_word(corpus, tiny_packs, tmp_path):
    words = ["--corpus", corpus, "--output", tmp_path / "out", "--encoder", tiny_packs, "--part-size", "5"]
    command = [sys.executable, "-m", "pyserini_optical.encoder.sharded", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "2 parts done" in done.stdout
    assert "is now `pyserini-optical encode`" in done.stderr
