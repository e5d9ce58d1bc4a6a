"""Tables for the terminal and for Markdown, from one representation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyserini_optical.evaluation.column_widths import fold_columns

if TYPE_CHECKING:
    from rich.table import Table

BORDER = 3
"""Characters between two columns: a line, and a space on either side."""


@dataclass(frozen=True)
class TableCell:
    """A cell: its text, and whether to emphasise it."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Grid:
    """A table: the first column has the row names, the others have figures.

    Attributes
    ----------
    rows : tuple of tuple of TableCell
        Each as long as `header`.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]


def mark_best(scores: Sequence[float | None], digits: int = 4) -> list[TableCell]:
    """Cells of one column, the highest (as printed) in bold.

    Parameters
    ----------
    scores : sequence of float or None
        None is a cell without a figure.
    digits : int
        Digits after the decimal point.
    """
    printed = [None if score is None else f"{score:.{digits}f}" for score in scores]
    best = max((float(text) for text in printed if text is not None), default=None)
    return [TableCell("–") if text is None else TableCell(text, float(text) == best) for text in printed]


def to_markdown(grid: Grid) -> str:
    """Write a grid as a Markdown table.

    Returns
    -------
    str
        Lines, each with a line end.
    """
    lines = [
        "| " + " | ".join(grid.header) + " |",
        "|" + "|".join(["---"] + ["---:"] * (len(grid.header) - 1)) + "|",
    ]
    for row in grid.rows:
        cells = [f"**{cell.text}**" if cell.bold else cell.text for cell in row]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def to_rich(grid: Grid, width: int | None = None) -> "Table":
    """Turn a grid into a table for the terminal.

    Parameters
    ----------
    width : int, optional
        Width of the terminal; where the table would be wider, lines are broken between words if that is enough.
    """
    from rich.table import Table
    from rich.text import Text

    cells = [list(grid.header), *([cell.text for cell in row] for row in grid.rows)]
    if width is not None:
        cells = fold_columns(cells, width - BORDER * len(grid.header) - 1)
    header, *rows = cells
    table = Table(title=grid.title or None, title_justify="left", show_lines=any("\n" in "".join(row) for row in rows))
    for place, name in enumerate(header):
        table.add_column(Text(name), justify="left" if place == 0 else "right", overflow="fold")
    for row, lines in zip(grid.rows, rows, strict=True):
        table.add_row(*(Text(text, style="bold" if cell.bold else "") for cell, text in zip(row, lines, strict=True)))
    return table
