"""Public benchmarks: dry runs, names that exist, and the wrapper for MTEB."""

import importlib.util
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest

from pyserini_optical.commands import main
from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder
from pyserini_optical.evaluation.matrix import read_matrix
from pyserini_optical.shipped import shipped

PUBLIC = shipped("eval/reproduction") / "public"


@pytest.fixture(scope="module")
def matrix():
    return read_matrix(PUBLIC / "matrix.yaml", PUBLIC / "expected.yaml")


def test_what_is_left_out_and_what_others_report_is_listed(capsys):
    assert main(["reproduce", "--matrix", "public", "--list"]) == 0
    shown = capsys.readouterr().out
    assert "left out: CIRAL test-a" in shown
    assert "left out: AfriQA" in shown
    assert shown.count("others report: ") == 3


def test_every_condition_has_a_dry_run(matrix, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    chosen = [word for name in matrix.conditions for word in ("--condition", name)]
    assert main(["reproduce", "--matrix", "public", "--dry-run", *chosen]) == 0
    commands = capsys.readouterr().out.splitlines()
    assert not any("$" in command for command in commands)
    swahili = [command for command in commands if "ciral-v1.0-sw-en" in command]
    assert any("--mode psq --language swa" in command for command in swahili)
    assert all("test-a" not in command for command in commands)
    assert any("--dense-index msmarco-v1-passage.bge-base-en-v1.5" in command for command in commands)
    assert not list(tmp_path.iterdir())
    for name in ("fetch.py", "students.py", "belebele.py"):
        assert (PUBLIC / name).is_file()


def test_nothing_is_claimed(matrix):
    assert matrix.expected == {}
    for column in matrix.columns:
        assert (shipped("encoders/optical") / column[1]).is_dir()


@pytest.mark.skipif(not version("pyserini").startswith("1."), reason="2.4 fetches its lists of prebuilt indexes")
def test_the_indexes_are_pyserinis(matrix):
    from pyserini_optical.plugin.java import prepare_java

    prepare_java()
    from pyserini.prebuilt_index_info import FAISS_INDEX_INFO, TF_INDEX_INFO

    indexes = {values["index"].replace("${code}", values["code"]) for values in matrix.values.values()}
    assert indexes <= set(TF_INDEX_INFO)
    assert "msmarco-v1-passage.bge-base-en-v1.5" in FAISS_INDEX_INFO


def test_belebele_asks_the_student_for_queries_and_the_teacher_for_passages(tiny_packs):
    spec = importlib.util.spec_from_file_location("belebele", PUBLIC / "belebele.py")
    belebele = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(belebele)
    model = belebele.TwoSided(str(tiny_packs / "swa"))
    texts = ["mji mkuu wa kenya", "river"]
    batches = [{"text": texts[:1]}, {"text": texts[1:]}]
    queries = load_query_encoder(str(tiny_packs / "swa")).encode_batch(texts)
    np.testing.assert_allclose(model.encode(batches, prompt_type="query"), queries, atol=1e-6)
    passages = OpticalDocumentEncoder(str(tiny_packs / "swa")).encode(texts)
    np.testing.assert_allclose(model.encode(batches, prompt_type="document"), passages, atol=1e-6)
    assert model.similarity(queries, passages).shape == (2, 2)


def test_belebele_has_a_dry_run(tmp_path):
    words = [PUBLIC / "belebele.py", "--languages", "swa", "deu", "--output", tmp_path, "--dry-run"]
    done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "BelebeleRetrieval swh_Latn-eng_Latn: optical-swa",
        "BelebeleRetrieval deu_Latn-eng_Latn: optical-deu",
    ]
