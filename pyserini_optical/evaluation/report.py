"""The report on the reproduction matrix: its tables, as Markdown and as one HTML page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pyserini_optical.evaluation.matrix import Condition, Matrix
from pyserini_optical.evaluation.reproduction import NOT_RUN, CellResult
from pyserini_optical.evaluation.significance import correct_holm, randomisation_test
from pyserini_optical.evaluation.tables import Grid, TableCell, mark_best, to_markdown

LEVEL = 0.05

Marks = dict[tuple[str, str], str]
"""Condition and column to what is marked there: `p↑` is better than the comparison system whose name begins so."""


@dataclass(frozen=True)
class Report:
    """Outcomes of the whole matrix.

    Attributes
    ----------
    outcomes : dict
        Condition and column (`set.language`) -> outcome, for every cell.
    commands : dict
        Condition and column -> command lines.
    steps : dict of str to str
        Step -> command line.
    """

    matrix: Matrix
    outcomes: Mapping[tuple[str, str], CellResult]
    commands: Mapping[tuple[str, str], Sequence[str]]
    steps: Mapping[str, str]

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, `set.language`."""
        return [f"{topic_set}.{language}" for topic_set, language in self.matrix.columns]

    @cached_property
    def methods(self) -> list[Condition]:
        """Rows with queries in the language of the column."""
        return [condition for condition in self.matrix.conditions.values() if condition.topics is None]

    @cached_property
    def upper_bounds(self) -> list[Condition]:
        """Rows with the human English queries."""
        return [condition for condition in self.matrix.conditions.values() if condition.topics is not None]

    def score(self, condition: Condition, column: str, measure: str) -> float | None:
        """Mean of a cell, or None if it was not run."""
        scores = self.outcomes[condition.name, column].scores
        return None if scores is None else scores.means[measure]

    def mean(self, condition: Condition, measure: str) -> float | None:
        """Mean over the columns, or None unless all were run."""
        scores = [self.score(condition, column, measure) for column in self.columns]
        return None if None in scores else float(np.mean([score for score in scores if score is not None]))

    @cached_property
    def marks(self) -> dict[str, Marks]:
        """Measure -> significant differences: randomisation test, Holm over the systems of a column."""
        return {measure: self._mark(measure) for measure in self.matrix.measures}

    def _mark(self, measure: str) -> Marks:
        marks: Marks = {}
        for column in self.columns:
            for name in self.matrix.compare_with:
                beside = self.outcomes[name, column].scores
                if beside is None:
                    continue
                base = beside.per_query[measure]
                differences = {
                    condition.name: np.array([found.per_query[measure][query] - base[query] for query in base])
                    for condition in self.methods
                    if condition.name != name and (found := self.outcomes[condition.name, column].scores) is not None
                }
                p_values = correct_holm([randomisation_test(row) for row in differences.values()])
                for (system, row), p_value in zip(differences.items(), p_values, strict=True):
                    if p_value < LEVEL:
                        arrow = "↑" if row.mean() > 0 else "↓"
                        marks[system, column] = f"{marks.get((system, column), '')}{name[0]}{arrow}"
        return marks

    def grid(self, rows: Sequence[Condition], measure: str, columns: Sequence[str]) -> Grid:
        """Table of some rows and columns.

        Returns
        -------
        Grid
            Best score of a column in bold.
        """
        cells = [mark_best([self.score(row, column, measure) for row in rows], digits=3) for column in columns]
        marked = [
            [
                TableCell(f"{cell.text} {self.marks[measure].get((row.name, column), '')}".strip(), cell.bold)
                for row, cell in zip(rows, column_cells, strict=True)
            ]
            for column, column_cells in zip(columns, cells, strict=True)
        ]
        titles = [TableCell(row.title) for row in rows]
        return Grid(measure, ("system", *columns), tuple(zip(titles, *marked, strict=True)))


def legend(matrix: Matrix) -> str:
    """Explain the marks."""
    marks = "; ".join(
        f"{name[0]}↑, {name[0]}↓: significantly better, worse than {matrix.conditions[name].title}"
        for name in matrix.compare_with
    )
    return (
        f"The best score of each column is in bold. {marks} (randomisation test over the queries, level {LEVEL}, "
        "Holm's correction over the systems of the column). –: not run."
    )


def to_markdown_report(report: Report) -> str:
    """Write the report as Markdown."""
    parts = ["# Reproduction matrix\n", legend(report.matrix) + "\n"]
    for measure in report.matrix.measures:
        parts.append(f"## {measure}\n")
        for topic_set in dict(report.matrix.columns):
            columns = [column for column in report.columns if column.rsplit(".", 1)[0] == topic_set]
            for rows in (report.methods, report.upper_bounds):
                parts.append(to_markdown(report.grid(rows, measure, columns)))
    verdicts = [outcome.verdict for outcome in report.outcomes.values() if outcome.verdict != NOT_RUN]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
    parts.append(f"Scores compared with those expected: {counts or 'none run'}.\n")
    return "\n".join(parts)
