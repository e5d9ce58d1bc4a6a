"""`pyserini-optical reproduce --list | --condition X | --all | --report`."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    from pyserini_optical.evaluation.matrix import Condition, Matrix
    from pyserini_optical.evaluation.report import Report
    from pyserini_optical.evaluation.reproduction import CellResult, Workplace


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    what = parser.add_argument_group("what to run")
    what.add_argument("--list", action="store_true", help="list the conditions")
    what.add_argument("--condition", action="append", default=[], metavar="X", help="run this condition (repeatable)")
    what.add_argument("--all", action="store_true", help="run every condition that this machine can run")
    what.add_argument("--dry-run", action="store_true", help="print the commands without running them")
    what.add_argument("--report", action="store_true", help="write report.html and report.md from the existing runs")
    where = parser.add_argument_group("where")
    where.add_argument(
        "--output",
        type=Path,
        default=Path("reproduction"),
        help="folder for indexes, runs and report (default: reproduction)",
    )
    where.add_argument(
        "--runs", type=Path, help="folder of finished runs, which are not run again (default: OUTPUT/runs)"
    )
    where.add_argument(
        "--wheels",
        type=Path,
        default=Path("wheels"),
        help="folder with the wheels of multilingual-e5-small (default: wheels)",
    )
    where.add_argument(
        "--passages",
        type=Path,
        default=Path("passages"),
        help="folder with the passages of the large pool and their vectors (default: passages)",
    )
    where.add_argument(
        "--matrix",
        type=Path,
        help="another matrix.yaml, with its expected.yaml beside it; or `public`: benchmarks that need a network",
    )
    parser.add_argument("--record", action="store_true", help="save the scores as the expected ones (for maintainers)")


def run(options: argparse.Namespace) -> int:
    """List, show, run or report."""
    from pyserini_optical.evaluation.matrix import read_matrix
    from pyserini_optical.evaluation.reproduction import Workplace
    from pyserini_optical.shipped import shipped

    path = options.matrix or shipped("eval/reproduction/matrix.yaml")
    if not path.exists() and (shipped("eval/reproduction") / path / "matrix.yaml").is_file():
        path = shipped("eval/reproduction") / path / "matrix.yaml"
    matrix = read_matrix(path, path.with_name("expected.yaml"))
    if options.list:
        return _list(matrix)
    if not (options.all or options.condition or options.report or options.record):
        raise OpticalError("nothing to do: pass --list, --condition X, --all or --report")
    runs = options.runs or options.output / "runs"
    place = Workplace.here(*(path.resolve() for path in (options.output, runs, options.wheels, options.passages)))
    names = [name for name, condition in matrix.conditions.items() if options.all and not condition.optional]
    names += [name for name in options.condition if name not in names]
    failed = sum(_reproduce(matrix, name, place, options.dry_run) for name in names)
    if options.dry_run:
        return 0
    if options.record:
        _record(matrix, place, path.with_name("expected.yaml"))
    if options.report:
        _report(matrix, place)
    return 1 if failed else 0


def _list(matrix: "Matrix") -> int:
    for name, condition in matrix.conditions.items():
        runs = len({matrix.run_name(cell) for cell in matrix.cells(name)})
        note = f" (not in --all: {condition.optional})" if condition.optional else ""
        sys.stdout.write(f"{name:18} {runs:2} runs  {condition.title}{note}\n")
    for heading, lines in (("left out", matrix.excluded), ("others report", matrix.literature)):
        sys.stdout.writelines(f"{heading}: {line}\n" for line in lines)
    return 0


def _reproduce(matrix: "Matrix", name: str, place: "Workplace", dry_run: bool) -> int:
    """Run one condition and print one line per cell; return how many cells fail."""
    from pyserini_optical.evaluation.reproduction import FAIL, run_condition, score_cell

    cells = {cell.key: cell for cell in matrix.cells(name)}
    condition = matrix.conditions[name]
    if dry_run:
        return _show(matrix, condition, place)
    run_condition(matrix, condition, place, _announce)
    outcomes = {key: score_cell(matrix, cell, place) for key, cell in cells.items()}
    for key, outcome in outcomes.items():
        sys.stdout.write(f"{outcome.verdict:5} {name} {key} {_figures(matrix, name, key, outcome)}\n")
    return sum(outcome.verdict == FAIL for outcome in outcomes.values())


def _announce(command: str) -> None:
    sys.stderr.write(f"{command}\n")


def _figures(matrix: "Matrix", name: str, key: str, outcome: "CellResult") -> str:
    expected = matrix.expected.get(name, {}).get(key, {})
    assert outcome.scores is not None  # the run was just made
    return "  ".join(
        f"{measure} {score:.4f}" + (f" (expected {expected[measure]:.4f})" if measure in expected else "")
        for measure, score in outcome.scores.means.items()
    )


def _show(matrix: "Matrix", condition: "Condition", place: "Workplace") -> int:
    from pyserini_optical.evaluation.reproduction import cell_commands, step_command

    for step in matrix.steps_for(condition):
        sys.stdout.write(f"{step_command(step, place)}\n")
    for cell in {cell.key: cell for cell in matrix.cells(condition.name)}.values():
        sys.stdout.writelines(f"{command}\n" for command in cell_commands(matrix, cell, place))
    return 0


def _outcomes(matrix: "Matrix", place: "Workplace") -> "dict[tuple[str, str], CellResult]":
    from pyserini_optical.evaluation.reproduction import score_cell

    cells = [cell for name in matrix.conditions for cell in matrix.cells(name)]
    return {(cell.condition.name, cell.column): score_cell(matrix, cell, place) for cell in cells}


def _record(matrix: "Matrix", place: "Workplace", path: Path) -> None:
    from pyserini_optical.evaluation.reproduction import write_expected

    write_expected(path, list(_outcomes(matrix, place).values()), matrix.expected)
    sys.stdout.write(f"{path}: written\n")


def _report(matrix: "Matrix", place: "Workplace") -> None:
    from pyserini_optical import __version__
    from pyserini_optical.evaluation.report import to_markdown_report
    from pyserini_optical.evaluation.report_page import to_page
    from pyserini_optical.files import write_file

    report = _gather(matrix, place)
    for name, content in (("report.html", to_page(report, __version__)), ("report.md", to_markdown_report(report))):
        with write_file(place.work / name, overwrite=True) as file:
            file.write(content)
        sys.stdout.write(f"{place.work / name}: written\n")


def _gather(matrix: "Matrix", place: "Workplace") -> "Report":
    from pyserini_optical.evaluation.report import Report
    from pyserini_optical.evaluation.reproduction import IN_A_CLONE, cell_commands, step_command

    cells = [cell for name in matrix.conditions for cell in matrix.cells(name)]
    commands = {(cell.condition.name, cell.column): cell_commands(matrix, cell, IN_A_CLONE) for cell in cells}
    steps = {name: step_command(step, IN_A_CLONE) for name, step in matrix.steps.items()}
    return Report(matrix, _outcomes(matrix, place), commands, steps)
