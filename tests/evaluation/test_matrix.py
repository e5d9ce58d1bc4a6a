import dataclasses
from pathlib import Path

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.matrix import fill, read_matrix
from pyserini_optical.evaluation.reproduction import IN_A_CLONE, cell_commands, step_command
from pyserini_optical.shipped import shipped

SMALL = """
collection: small
measures: [recip_rank_cut_10]
depth: 3
tolerance: {ok: 0.0005, close: 0.01}
compare_with: [plain]
sets: {ntrex: [swa, som], xquad: [deu]}
steps:
  corpus: {makes: "${work}/corpus", command: "make ${output}"}
  index: {needs: [corpus], makes: "${work}/index", command: "index ${output}"}
conditions:
  plain: {title: Plain, needs: [index], command: "search ${topics} ${language} ${output}"}
  bound: {title: Bound, topics: eng, needs: [index, corpus], command: "search ${topics} ${output}"}
  later: {title: Later, optional: no model, before: "translate ${set}", command: "search ${output}"}
"""


@pytest.fixture
def matrix(tmp_path):
    (tmp_path / "matrix.yaml").write_text(SMALL)
    (tmp_path / "expected.yaml").write_text("plain:\n  ntrex.swa: {recip_rank_cut_10: 0.5}\n")
    return read_matrix(tmp_path / "matrix.yaml", tmp_path / "expected.yaml")


def test_cells_and_run_names(matrix):
    assert [(cell.column, matrix.run_name(cell)) for cell in matrix.cells("plain")] == [
        ("ntrex.swa", "run.small-ntrex.plain.swa.txt"),
        ("ntrex.som", "run.small-ntrex.plain.som.txt"),
        ("xquad.deu", "run.small-xquad.plain.deu.txt"),
    ]
    assert [matrix.run_name(cell) for cell in matrix.cells("bound")] == [
        "run.small-ntrex.bound.eng.txt",
        "run.small-ntrex.bound.eng.txt",
        "run.small-xquad.bound.eng.txt",
    ]
    assert matrix.expected == {"plain": {"ntrex.swa": {"recip_rank_cut_10": 0.5}}}


def test_steps_come_after_what_they_need(matrix):
    assert [step.name for step in matrix.steps_for(matrix.conditions["bound"])] == ["corpus", "index"]


def test_commands_are_filled(matrix):
    plain = cell_commands(matrix, matrix.cells("plain")[0], IN_A_CLONE)
    assert plain == ["search eval/lowres-clir/topics/ntrex.swa.tsv swa reproduction/runs/run.small-ntrex.plain.swa.txt"]
    assert cell_commands(matrix, matrix.cells("later")[2], IN_A_CLONE)[0] == "translate xquad"
    assert step_command(matrix.steps["index"], IN_A_CLONE) == "index reproduction/index"


def test_folders_with_spaces_stay_one_word(matrix):
    place = dataclasses.replace(IN_A_CLONE, work=Path("my work"))
    assert step_command(matrix.steps["index"], place) == "index 'my work/index'"


def test_faults_are_named(matrix, tmp_path):
    with pytest.raises(OpticalError, match="condition 'best' is not in the matrix, which has plain, bound, later"):
        matrix.cells("best")
    with pytest.raises(OpticalError, match=r"uses \$\{nothing\}, which is not defined"):
        fill("search ${nothing}", {})
    (tmp_path / "bad.yaml").write_text("a: [1\n")
    with pytest.raises(OpticalError, match=r"bad.yaml: is not YAML"):
        read_matrix(tmp_path / "bad.yaml")
    (tmp_path / "short.yaml").write_text(SMALL.replace("depth: 3\n", ""))
    with pytest.raises(OpticalError, match=r"short.yaml: key 'depth' is missing"):
        read_matrix(tmp_path / "short.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "m.yaml: is a list, but a mapping is expected; write it as `name: value`"),
        (SMALL.replace("{ok: 0.0005, close: 0.01}", "[1]"), "m.yaml: tolerance: is a list, but a mapping is expected"),
        (SMALL.replace("{ntrex: [swa, som], xquad: [deu]}", "ntrex"), "m.yaml: sets: is a text, but a mapping"),
        (f"{SMALL}  worse: 5\n", "m.yaml: worse: is a number, but a mapping"),
        (f"{SMALL}values: [a]\n", "m.yaml: values: is a list, but a mapping"),
    ],
)
def test_what_stands_in_place_of_a_mapping_is_named(tmp_path, text, message):
    (tmp_path / "m.yaml").write_text(text)
    with pytest.raises(OpticalError, match=message):
        read_matrix(tmp_path / "m.yaml")


@pytest.mark.parametrize("name", ["matrix.yaml", "large_pool/matrix.yaml"])
def test_shipped_matrix_covers_every_shipped_topic_set_and_fills(name):
    shipped_matrix = read_matrix(shipped("eval/reproduction") / name)
    topics = {path.stem for path in shipped("eval/lowres-clir/topics").glob("*.tsv")}
    asked = {cell.key for name in shipped_matrix.conditions for cell in shipped_matrix.cells(name)}
    # In the large pool, what is asked has topics; languages that were added later are not asked there.
    assert asked == topics if name == "matrix.yaml" else asked <= topics
    for step in shipped_matrix.steps.values():
        assert "${" not in step_command(step, IN_A_CLONE)
    for name, condition in shipped_matrix.conditions.items():
        assert shipped_matrix.steps_for(condition) or condition.after
        assert set(condition.after) <= set(shipped_matrix.conditions)
        for cell in shipped_matrix.cells(name):
            assert all("${" not in command for command in cell_commands(shipped_matrix, cell, IN_A_CLONE))
