"""Tables for the terminal and for Markdown, from one representation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


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


def to_rich(grid: Grid) -> "Table":
    """Turn a grid into a table for the terminal."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=grid.title or None, title_justify="left")
    for place, name in enumerate(grid.header):
        table.add_column(name, justify="left" if place == 0 else "right", overflow="fold")
    for row in grid.rows:
        table.add_row(*(Text(cell.text, style="bold" if cell.bold else "") for cell in row))
    return table
