"""Column widths at which a table fits a terminal, with lines broken between words."""

import re
from collections.abc import Sequence

NAME = re.compile(r"[^\s/.,_-]*[\s/.,_-]*")
"""A word of a name or a heading, such as `lowres-` of `lowres-clir.bm25`."""

FIGURE = re.compile(r"\S*\s*")
"""A word of a cell with figures, such as the lower end of an interval."""


def fold_columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Break the cells of a table into lines, so that it fits a width if words allow that.

    Headings and names are folded first, figures only if that is not enough; the widest column gives way first.

    Parameters
    ----------
    rows : sequence of sequence of str
        The heading first; the first cell of a row is its name. All of one length.
    width : int
        Characters for all columns together.

    Returns
    -------
    list of list of str
        The cells, with line ends.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    patterns = [
        [NAME if place == 0 or row == 0 else FIGURE for row in range(len(rows))] for place in range(len(columns))
    ]
    widths = [max(map(len, column)) for column in columns]
    for whole_figures in (True, False):
        least = [
            max(
                len(cell) if whole_figures and pattern is FIGURE else _longest_word(cell, pattern)
                for cell, pattern in zip(column, wanted, strict=True)
            )
            for column, wanted in zip(columns, patterns, strict=True)
        ]
        while sum(widths) > width and (loose := [place for place, size in enumerate(widths) if size > least[place]]):
            widths[max(loose, key=widths.__getitem__)] -= 1
    folded = [
        [_fold(cell, size, pattern) for cell, pattern in zip(column, wanted, strict=True)]
        for column, size, wanted in zip(columns, widths, patterns, strict=True)
    ]
    return [list(row) for row in zip(*folded, strict=True)]


def _longest_word(text: str, pattern: re.Pattern[str]) -> int:
    return max(len(word.rstrip()) for word in pattern.findall(text))


def _fold(text: str, width: int, pattern: re.Pattern[str]) -> str:
    lines = [""]
    for word in pattern.findall(text):
        if lines[-1] and len((lines[-1] + word).rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.rstrip() for line in lines)
