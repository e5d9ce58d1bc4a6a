"""Keep the record of an index's teacher when Pyserini's commands build another index from it."""

import shutil
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from pyserini_optical.encoder.dense_index import ORIGIN, read_origin
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.command_line import Command, print_errors_in_one_line

COPIES, MERGES = "pyserini.index.faiss", "pyserini.index.merge_faiss_indexes"


def carry_origin(module: ModuleType, command: Command | None) -> None:
    """Make a command that builds an index from others pass on the record of their teacher; ignore other commands.

    Parameters
    ----------
    module : module
        `pyserini.index`, which has just been imported. Its commands are scripts that call Faiss directly.

    Raises
    ------
    OpticalError
        The indexes have different teachers.
    """
    if command is None or command.module not in (COPIES, MERGES):
        return
    sources = _list_sources(command)
    origins = [(source, origin) for source in sources if (origin := read_origin(source)) is not None]
    for source, origin in origins[1:]:
        first, made_by = origins[0]
        if not origin.agrees_with(made_by):
            print_errors_in_one_line()
            raise OpticalError(
                f"{source}: was built with {origin.teacher}, but {first} with {made_by.teacher}; merge indexes of "
                "one teacher"
            )
    import faiss

    write = faiss.write_index

    @wraps(write)
    def write_index(index: Any, path: str, *rest: Any) -> None:
        write(index, path, *rest)
        Path(path).with_name(ORIGIN).unlink(missing_ok=True)
        if origins and len(origins) == len(sources):
            shutil.copyfile(origins[0][0] / ORIGIN, Path(path).with_name(ORIGIN))

    faiss.write_index = write_index  # type: ignore[assignment]


def _list_sources(command: Command) -> list[Path]:
    if command.module == COPIES:
        return [Path(path) for path in command.values("--input")]
    count = next(iter(command.values("--shard-num")), "1")
    numbers = range(int(count) if count.isdecimal() else 0)
    return [Path(f"{prefix}{number}") for prefix in command.values("--prefix") for number in numbers]
