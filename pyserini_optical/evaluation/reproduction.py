"""Run the cells of the reproduction matrix and check their scores."""

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Self

from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER
from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.command_line import run_command
from pyserini_optical.evaluation.matrix import Cell, Condition, Matrix, Step, fill, fill_command
from pyserini_optical.evaluation.measures import Scores, evaluate
from pyserini_optical.files import write_file
from pyserini_optical.qrels import Qrels, read_qrels
from pyserini_optical.runs import read_run, write_run
from pyserini_optical.shipped import shipped

OK, CLOSE, FAIL, NEW, NOT_RUN = "OK", "close", "FAIL", "new", "not run"


@dataclass(frozen=True)
class Workplace:
    """Paths of the reproduction.

    Attributes
    ----------
    work : Path
        Folder of indexes and other outputs that are made once.
    runs : Path
        Folder of finished runs.
    wheels : Path
        The wheels of multilingual-e5-small.
    passages : Path
        The passages of the large pool that are not shipped.
    collection, students, baselines, reproduction : Path
        Shipped data.
    teacher : str
        Folder or name of the teacher.
    """

    work: Path
    runs: Path
    wheels: Path
    passages: Path
    collection: Path
    students: Path
    baselines: Path
    reproduction: Path
    teacher: str

    @classmethod
    def here(cls, work: Path, runs: Path, wheels: Path, passages: Path) -> Self:
        """Locate the shipped data on this machine."""
        from pyserini_optical.encoder import teacher_folder

        students, evaluation = shipped("encoders") / "optical", shipped("eval")
        ours = (evaluation / "lowres-clir", students, evaluation / "baselines", evaluation / "reproduction")
        return cls(work, runs, wheels, passages, *ours, str(teacher_folder()))

    @property
    def values(self) -> dict[str, str]:
        """Values of the templates that are the same for every command."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}


IN_A_CLONE = Workplace(
    Path("reproduction"),
    Path("reproduction/runs"),
    Path("wheels"),
    Path("passages"),
    Path("eval/lowres-clir"),
    Path("encoders/optical"),
    Path("eval/baselines"),
    Path("eval/reproduction"),
    DEFAULT_TEACHER,
)
"""The commands as they are shown to people."""


@dataclass(frozen=True)
class CellResult:
    """The outcome of a cell: `scores` and `verdict` (`OK`, `close`, `FAIL`, `new` or `not run`)."""

    cell: Cell
    scores: Scores | None
    verdict: str


def step_command(step: Step, place: Workplace) -> str:
    """Command line of a step; `${output}` in it is the step's output."""
    return fill_command(step.command, {**place.values, "output": fill(step.makes, place.values)})


def cell_values(matrix: Matrix, cell: Cell, place: Workplace) -> dict[str, str]:
    """Fill the values that a matrix has for the column of a cell, each of which may name those before it."""
    values: dict[str, str] = {}
    for name, template in sorted(matrix.values.get(cell.column, {}).items()):
        values[name] = fill(template, {**place.values, **values})
    return values


def cell_commands(matrix: Matrix, cell: Cell, place: Workplace, output: Path | None = None) -> list[str]:
    """Command lines of a cell, in order.

    Parameters
    ----------
    output : Path, optional
        The run to write; by default the name of the finished run.
    """
    values = {
        **place.values,
        "set": cell.topic_set,
        "language": cell.language,
        "topics": str(place.collection / "topics" / f"{cell.key}.tsv"),
        "output": str(output or place.runs / matrix.run_name(cell)),
        **cell_values(matrix, cell, place),
    }
    condition = cell.condition
    return [fill_command(template, values) for template in (condition.before, condition.command) if template]


def run_condition(
    matrix: Matrix, condition: Condition, place: Workplace, announce: Callable[[str], None] = lambda command: None
) -> None:
    """Make what a condition needs, and every run of it that does not exist yet.

    A run is written under a temporary name, checked, cut at the depth of the matrix and rewritten with nine significant
    digits, so that the folder of runs only contains finished ones.

    Parameters
    ----------
    announce : callable
        Called with every command before it runs.

    Raises
    ------
    OpticalError
        A command failed, or wrote something that is not a run.
    """
    todo = {matrix.run_name(cell): cell for cell in matrix.cells(condition.name)}
    todo = {name: cell for name, cell in todo.items() if not (place.runs / f"{name}.gz").exists()}
    if not todo:
        return
    for other in condition.after:
        run_condition(matrix, matrix.conditions[other], place, announce)
    for step in matrix.steps_for(condition):
        _make(step, place, announce)
    for name, cell in todo.items():
        raw = place.work / "raw" / name
        raw.parent.mkdir(parents=True, exist_ok=True)
        raw.unlink(missing_ok=True)
        for command in cell_commands(matrix, cell, place, raw):
            announce(command)
            run_command(command)
        run = {query: dict(list(ranking.items())[: matrix.depth]) for query, ranking in read_run(raw).items()}
        write_run(place.runs / f"{name}.gz", run, condition.name)
        raw.unlink()


def _make(step: Step, place: Workplace, announce: Callable[[str], None]) -> None:
    makes = Path(fill(step.makes, place.values))
    if makes.exists():
        return
    partial = makes.with_name(f".{makes.name}.partial")
    in_place = "${output}" not in step.command  # the command names its own output and writes it atomically
    makes.parent.mkdir(parents=True, exist_ok=True)
    command = fill_command(step.command, {**place.values, "output": str(makes if in_place else partial)})
    announce(command)
    run_command(command)
    if not in_place:
        os.replace(partial, makes)
    if not makes.exists():
        raise OpticalError(f"step {step.name}: its command succeeded but did not make {makes}; fix the matrix")


def score_cell(matrix: Matrix, cell: Cell, place: Workplace) -> CellResult:
    """Score a cell's run, if it exists, and compare with the expected scores."""
    path = place.runs / f"{matrix.run_name(cell)}.gz"
    if not path.exists():
        return CellResult(cell, None, NOT_RUN)
    own = place.collection / "qrels" / f"{cell.topic_set}.txt"
    scores = _score(path, matrix.measures, Path(cell_values(matrix, cell, place).get("qrels", own)))
    expected = matrix.expected.get(cell.condition.name, {}).get(cell.key)
    if expected is None:
        return CellResult(cell, scores, NEW)
    farthest = max(abs(scores.means[measure] - expected[measure]) for measure in matrix.measures)
    return CellResult(cell, scores, OK if farthest <= matrix.ok else CLOSE if farthest <= matrix.close else FAIL)


@cache
def _score(path: Path, measures: tuple[str, ...], judgements: Path) -> Scores:
    qrels = _qrels(judgements)
    return evaluate(qrels, read_run(path, qrels), measures)


@cache
def _qrels(judgements: Path) -> Qrels:
    return read_qrels(judgements)


def write_expected(path: Path, outcomes: list[CellResult], known: dict[str, dict[str, dict[str, float]]]) -> None:
    """Record the scores of the outcomes as the expected ones, keeping those of cells that were not run.

    Parameters
    ----------
    path : Path
        `expected.yaml`.
    known : dict
        The expected scores so far.
    """
    expected = {condition: dict(rows) for condition, rows in known.items()}
    for outcome in outcomes:
        if outcome.scores is not None:
            means = {measure: round(score, 6) for measure, score in outcome.scores.means.items()}
            expected.setdefault(outcome.cell.condition.name, {})[outcome.cell.key] = means
    with write_file(path, overwrite=True) as file:
        file.write("# Written by `pyserini-optical reproduce --record`: condition, set and language of the topics.\n")
        for condition, rows in expected.items():
            file.write(f"{condition}:\n")
            for key, means in rows.items():
                printed = ", ".join(f"{measure}: {score:.6f}" for measure, score in means.items())
                file.write(f"  {key}: {{{printed}}}\n")
