"""Bitext in columns: tab-separated, and CSV as written by spreadsheets and Kaggle."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.lines import find_name, read_lines
from pyserini_optical.bitext.pair import Pair, tidy_text
from pyserini_optical.errors import OpticalError

LONGEST_RECORD = 20
"""Lines over which a quoted field may run in a tab-separated file."""

_QUOTED = re.compile(r'"(?:[^"]|"")*"', re.DOTALL)


def read_tsv(path: Path, foreign: str, english: str, faults: Faults) -> Iterator[Pair]:
    """Read tab-separated columns; quotes are ordinary characters unless they enclose a whole field."""
    lines = ((number, line) for number, line in read_lines(path, faults) if line is not None)
    return _read_table(path, _join_quoted(lines), foreign, english, faults)


def read_csv(path: Path, foreign: str, english: str, faults: Faults) -> Iterator[Pair]:
    """Read columns separated by commas, or by semicolons if the first line has more of these."""
    lines = (line or "" for _, line in read_lines(path, faults))
    first = next(lines, "")
    separator = ";" if first.count(";") > first.count(",") else ","

    def rows() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader((f"{line}\n" for line in chain([first], lines)), delimiter=separator, strict=True)
        number = 1
        try:
            for fields in reader:
                yield number, fields
                number = reader.line_num + 1
        except csv.Error as error:
            raise OpticalError(
                f"{path}:{number}: is not valid CSV ({error}); close its quotes, or double them"
            ) from error

    return _read_table(path, rows(), foreign, english, faults)


def _join_quoted(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Split lines at tabs; a field that a spreadsheet wrote over several lines is one field."""
    width = 0
    pending: deque[tuple[int, str]] = deque()
    while (record := pending.popleft() if pending else next(lines, None)) is not None:
        number, line = record
        fields = line.split("\t")
        if len(fields) < width and _is_open(fields[-1]):
            while len(pending) < LONGEST_RECORD and (following := next(lines, None)) is not None:
                pending.append(following)
            joined = list(accumulate((text for _, text in pending), "{}\n{}".format, initial=line))
            splits = [(taken, text.split("\t")) for taken, text in enumerate(joined)]
            closed = [(taken, each) for taken, each in splits if len(each) == width and not any(map(_is_open, each))]
            if closed:
                taken, fields = closed[0]
                for _ in range(taken):
                    pending.popleft()
        width = width or len(fields)
        yield number, [field[1:-1].replace('""', '"') if _QUOTED.fullmatch(field) else field for field in fields]


def _is_open(field: str) -> bool:
    return field.startswith('"') and field.count('"') % 2 == 1


def _read_table(
    path: Path, rows: Iterator[tuple[int, list[str]]], foreign: str, english: str, faults: Faults
) -> Iterator[Pair]:
    header = next(((number, fields) for number, fields in rows if _is_header(fields)), None)
    if header is None:
        raise OpticalError(f"{path}: is empty; its first line must name the columns")
    number, columns = header
    numbered = english.isdecimal() and foreign.isdecimal() and not {english, foreign} & set(columns)
    if numbered:
        rows = chain([header], rows)
        places = {side: int(side) - 1 for side in (english, foreign)}
        if not all(0 <= place < len(columns) for place in places.values()):
            raise OpticalError(
                f"{path}:{number}: has {len(columns)} columns, but {english} and {foreign} were requested"
            )
    else:
        places = {side: _find_column(path, number, side, columns) for side in (english, foreign)}
    if places[english] == places[foreign]:
        raise OpticalError(f"{path}:{number}: {english} and {foreign} are the same column; name two different ones")
    source = None if numbered or "source" not in columns else columns.index("source")
    if source in places.values():
        source = None  # a text column that happens to have that name
    for number, fields in rows:
        while len(fields) > len(columns) and not fields[-1]:
            fields = fields[:-1]
        if fields in ([], [""]):
            continue
        if len(fields) != len(columns):
            faults.add(f"{path}:{number}", f"{len(fields)} columns where the first line has {len(columns)}")
            continue
        name = fields[source] if source is not None and fields[source] else path.name
        yield Pair(tidy_text(fields[places[english]]), tidy_text(fields[places[foreign]]), name, number)


def _is_header(fields: list[str]) -> bool:
    """Neither an empty line nor a comment before the table."""
    return any(fields) and not (len(fields) == 1 and fields[0].startswith("#"))


def _find_column(path: Path, number: int, wanted: str, columns: Sequence[str]) -> int:
    found = find_name(wanted, columns)
    if len(found) != 1:
        raise OpticalError(
            f"{path}:{number}: column {wanted!r} occurs {len(found)} times; the first line must name it exactly "
            "once, but "
            f"reads {', '.join(columns)[:80]!r}: choose the columns with --english and --foreign, by number "
            "if the file has no header: --english 1 --foreign 2"
        )
    return found[0]
