"""The record of an index's teacher: made by Pyserini's encoding, kept when an index is built from others."""

import shutil
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from pyserini_optical.encoder.dense_index import ORIGIN, read_origin, write_origin
from pyserini_optical.encoder.student import find_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.files.identifiers import check_identifier
from pyserini_optical.plugin.command_line import Command, print_errors_in_one_line, running_command

COPIES, MERGES = "pyserini.index.faiss", "pyserini.index.merge_faiss_indexes"


def guard_writer(module: ModuleType) -> None:
    """Make `pyserini.encode` record the teacher of its Faiss indexes, and leave no index after a failure.

    Parameters
    ----------
    module : module
        `pyserini.encode.optional._faiss`.
    """
    writer = module.FaissRepresentationWriter
    write, finish = writer.write, writer.__exit__

    @wraps(write)
    def write_(self: Any, batch: dict[str, Any], *rest: Any) -> None:
        command = running_command()
        if command is not None and command.student is not None:
            for identifier in batch["id"]:
                check_identifier(identifier, " ".join(command.values("--corpus")))
        write(self, batch, *rest)

    @wraps(finish)
    def exit_(self: Any, kind: type | None, *rest: Any) -> None:
        command, folder = running_command(), Path(self.dir_path)
        name = command.student if command else None
        if name is not None and kind is not None:  # Pyserini writes what there is, and it would pass for an index
            self.id_file.close()
            (folder / self.id_file_name).unlink()
            return
        finish(self, kind, *rest)
        (folder / ORIGIN).unlink(missing_ok=True)
        if name is not None:
            write_origin(folder, find_student(name).checkpoint)

    writer.write, writer.__exit__ = write_, exit_


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
