"""The builder and the matrix of documents in a language."""

import gzip
import importlib.util
import json
from pathlib import Path

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.matrix import read_matrix
from pyserini_optical.evaluation.reproduction import IN_A_CLONE, cell_commands, step_command
from pyserini_optical.qrels import read_qrels
from pyserini_optical.topics import read_topics

HOME = Path(__file__).parents[2] / "eval" / "reproduction" / "documents"


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("documents_build", HOME / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_languages_share_identifiers_and_judgements(build, tmp_path):
    (tmp_path / "corpus").mkdir()
    for language in ("swa", "som"):
        with gzip.open(tmp_path / "corpus" / f"{language}.jsonl.gz", "wt", encoding="utf-8") as file:
            for passage in ("flores-dev-0", "ntrex-rt.com.91337"):
                file.write(json.dumps({"id": f"{passage}.{language}", "title": "", "contents": language}) + "\n")
    build.write_collections(tmp_path, ["swa", "som"], tmp_path / "made")
    passages = [json.loads(line) for line in (tmp_path / "made/som/corpus/corpus.jsonl").read_text().splitlines()]
    assert [passage["id"] for passage in passages] == ["flores-dev-0", "ntrex-rt.com.91337"]
    for language in ("eng", "swa", "som"):
        topics = read_topics(tmp_path / "made/topics" / f"{language}.tsv")
        assert topics.keys() == read_qrels(tmp_path / "made/qrels.txt").keys()
    with pytest.raises(OpticalError, match="holds no corpus/hau"):
        build.write_collections(tmp_path, ["hau"], tmp_path / "other")


def test_a_condition_asks_in_the_language_of_its_cells():
    matrix = read_matrix(HOME / "matrix.yaml")
    for step in matrix.steps.values():
        assert "${" not in step_command(step, IN_A_CLONE)
    for name, condition in matrix.conditions.items():
        assert {step.name for step in matrix.steps_for(condition)} >= set(condition.needs)
        for cell in matrix.cells(name):
            command = cell_commands(matrix, cell, IN_A_CLONE)[-1]
            assert f"/topics/{cell.asked}.tsv" in command
            assert "${" not in command
