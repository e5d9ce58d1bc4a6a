"""The reproduction matrix: systems by sets and languages, each cell with its command and expected scores."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import expect_object, read_yaml


@dataclass(frozen=True)
class Step:
    """Something made once, such as an index: `command` makes the file or folder `makes` after the steps `needs`."""

    name: str
    command: str
    makes: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Condition:
    """A system: one row of the table.

    Attributes
    ----------
    name, title : str
        The short name (in file names), and the one for people.
    command : str
        Template of the search.
    before : str or None
        Template of what must run before each search, such as the translation of its topics.
    needs : tuple of str
        Names of steps.
    after : tuple of str
        Names of conditions whose runs it works on.
    topics : str or None
        Language of the topics where it is not the cell's own (`eng`: the human English version, an upper bound).
    optional : str or None
        Why `--all` leaves it out.
    sets : tuple of str
        The sets that it is for; empty: all.
    """

    name: str
    title: str
    command: str
    before: str | None
    needs: tuple[str, ...]
    after: tuple[str, ...]
    topics: str | None
    optional: str | None
    sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One system on one set in one language.

    Attributes
    ----------
    topic_set, language : str
        The column.
    asked : str
        The language of the topics: `language`, or that of the condition.
    """

    condition: Condition
    topic_set: str
    language: str
    asked: str

    @property
    def column(self) -> str:
        """Name of the column, `set.language`."""
        return f"{self.topic_set}.{self.language}"

    @property
    def key(self) -> str:
        """Name under which the expected scores are kept, `set.language` of the topics."""
        return f"{self.topic_set}.{self.asked}"


@dataclass(frozen=True)
class Matrix:
    """All of it.

    Attributes
    ----------
    measures : tuple of str
        The first one decides.
    depth : int
        Results a query that are kept.
    ok, close : float
        Largest differences from the expected score that are called so.
    compare_with : tuple of str
        Conditions that differences are tested against.
    columns : tuple of (str, str)
        Set and language.
    expected : dict
        Condition to `set.language` to measure to score.
    values : dict
        `set.language` to further values of the templates; `topics` and `qrels` are files in place of lowres-clir's.
    excluded, literature : tuple of str
        What is left out and why, and what others report, with its source.
    """

    collection: str
    measures: tuple[str, ...]
    depth: int
    ok: float
    close: float
    compare_with: tuple[str, ...]
    steps: dict[str, Step]
    conditions: dict[str, Condition]
    columns: tuple[tuple[str, str], ...]
    expected: dict[str, dict[str, dict[str, float]]]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    literature: tuple[str, ...] = ()

    def cells(self, condition: str) -> list[Cell]:
        """Cells of one row; several columns may share one run.

        Raises
        ------
        OpticalError
            There is no such condition.
        """
        if condition not in self.conditions:
            raise OpticalError(f"condition {condition!r} is not in the matrix, which has {', '.join(self.conditions)}")
        chosen = self.conditions[condition]
        return [
            Cell(chosen, topic_set, language, chosen.topics or language)
            for topic_set, language in self.columns
            if not chosen.sets or topic_set in chosen.sets
        ]

    def run_name(self, cell: Cell) -> str:
        """File name of a cell's run, without `.gz`."""
        return f"run.{self.collection}-{cell.topic_set}.{cell.condition.name}.{cell.asked}.txt"

    def steps_for(self, condition: Condition) -> list[Step]:
        """Steps a condition needs, in an order in which they can be made."""
        ordered: dict[str, Step] = {}

        def visit(names: tuple[str, ...]) -> None:
            for name in names:
                if name not in self.steps:
                    raise OpticalError(f"the matrix refers to a step {name!r} that it does not define")
                visit(self.steps[name].needs)
                ordered.setdefault(name, self.steps[name])

        visit(condition.needs)
        return list(ordered.values())


def read_matrix(path: str | Path, expected: str | Path | None = None) -> Matrix:
    """Read the matrix.

    Parameters
    ----------
    path : str or Path
        `matrix.yaml`.
    expected : str or Path, optional
        `expected.yaml`; where the file is not there, no score is expected.

    Raises
    ------
    OpticalError
        The file is not YAML, a key is missing, or an entry is of another type.
    """
    content = _mapping(read_yaml(path) or {}, path)
    scores: dict[str, Any] = {}
    if expected is not None and Path(expected).exists():
        scores = _mapping(read_yaml(expected) or {}, expected)
    try:
        tolerance = _mapping(content["tolerance"], path, "tolerance")
        steps, conditions, sets = (_mapping(content[name], path, name) for name in ("steps", "conditions", "sets"))
        return Matrix(
            collection=content["collection"],
            measures=tuple(content["measures"]),
            depth=content["depth"],
            ok=tolerance["ok"],
            close=tolerance["close"],
            compare_with=tuple(content["compare_with"]),
            steps={name: _step(name, _mapping(step, path, name)) for name, step in steps.items()},
            conditions={name: _condition(name, _mapping(each, path, name)) for name, each in conditions.items()},
            columns=tuple((name, language) for name, languages in sets.items() for language in languages),
            expected=scores,
            values=_mapping(content.get("values", {}), path, "values"),
            excluded=tuple(content.get("excluded", ())),
            literature=tuple(content.get("literature", ())),
        )
    except KeyError as error:
        raise OpticalError(f"{path}: key {error} is missing") from error
    except (AttributeError, TypeError) as error:
        raise OpticalError(f"{path}: an entry has the wrong type ({error})") from error


def _mapping(value: Any, *where: str | Path) -> dict[str, Any]:
    return expect_object(value, ": ".join(map(str, where)), "write it as `name: value`", "a mapping")


def _step(name: str, step: Mapping[str, Any]) -> Step:
    return Step(name, step["command"], step["makes"], tuple(step.get("needs", ())))


def _condition(name: str, condition: Mapping[str, Any]) -> Condition:
    return Condition(
        name=name,
        title=condition["title"],
        command=condition["command"],
        before=condition.get("before"),
        needs=tuple(condition.get("needs", ())),
        after=tuple(condition.get("after", ())),
        topics=condition.get("topics"),
        optional=condition.get("optional"),
        sets=tuple(condition.get("sets", ())),
    )


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values for the `${names}` of a template.

    Raises
    ------
    OpticalError
        A name has no value.
    """
    try:
        return Template(template).substitute(values)
    except KeyError as error:
        raise OpticalError(f"the matrix uses ${{{error.args[0]}}}, which is not defined: {template}") from error


def fill_command(template: str, values: Mapping[str, str]) -> str:
    """Do as :func:`fill` for a command line: a value with a space in it stays one word."""
    return fill(template, {name: shlex.quote(value) for name, value in values.items()})
