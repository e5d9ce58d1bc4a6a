"""Pyserini commands that name a student: parsed once, checked before Java starts, with one-line errors."""

import itertools
import sys
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from types import FrameType, ModuleType, TracebackType
from typing import Any

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.dense_index import check_dense_index
from pyserini_optical.encoder.student import Student, find_student, names_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.topics import read_topics

SEARCHES = ("pyserini.search", "pyserini.search.faiss", "pyserini.search.hybrid")
QUERIES = ("pyserini.encode.query", "pyserini.search.lucene")
"""Further commands that encode queries."""
COMMANDS = (*SEARCHES, *QUERIES, "pyserini.encode")
SECTIONS = ("dense", "sparse", "fusion", "run", "input", "output", "encoder")
TOPICS = tuple(f".{ending}{packed}" for ending in ("tsv", "txt", "json", "jsonl", "trec") for packed in ("", ".gz"))


@dataclass(frozen=True)
class Command:
    """A Pyserini command: the module that is run, and its arguments."""

    module: str
    arguments: tuple[str, ...]

    @property
    def student(self) -> str | None:
        """Name of the student it encodes with, or None."""
        if self.module not in COMMANDS:
            return None
        return next((name for name in self.values("--encoder") if names_student(name)), None)

    @property
    def wants_dense_search(self) -> bool:
        """Whether it is `pyserini.search --encoder <student>`, which its Lucene search cannot handle."""
        return self.module == "pyserini.search" and self.student is not None

    def values(self, flag: str) -> list[str]:
        """List the values of `--flag value` and `--flag=value`, in order; a sub-command may repeat another's flag."""
        return _values(self.arguments, flag)

    def section_values(self, section: str, flag: str) -> list[str]:
        """List the values that a flag has in one sub-command, such as `dense` of `pyserini.search.hybrid`."""
        return _values(self._section(section), flag)

    def section_list(self, section: str, flag: str) -> list[str]:
        """List the words that follow a flag in one sub-command, up to the next flag."""
        words = self._section(section)
        after = words[words.index(flag) + 1 :] if flag in words else []
        return list(itertools.takewhile(lambda word: not word.startswith("-"), after))

    def _section(self, section: str) -> list[str]:
        words: list[str] = []
        current = ""
        for word in self.arguments:
            if word in SECTIONS:
                current = word
            elif current == section:
                words.append(word)
        return words


def _values(words: list[str] | tuple[str, ...], flag: str) -> list[str]:
    apart = [value for word, value in itertools.pairwise(words) if word == flag]
    joined = [word.partition("=")[2] for word in words if word.startswith(f"{flag}=")]
    return apart + joined


def running_command() -> Command | None:
    """Find the Pyserini command of this process, however it was started: `python -m`, a profiler, torchrun.

    Returns
    -------
    Command or None
        None if Pyserini is used as a library.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        module = _module_run_in(frame)
        if module.partition(".")[0] == "pyserini":
            return _remember(module.removesuffix(".__main__"), tuple(sys.argv[1:]))
        frame = frame.f_back
    return None


def _module_run_in(frame: FrameType) -> str:
    if frame.f_globals.get("__name__") == "__main__":
        return getattr(frame.f_globals.get("__spec__"), "name", None) or ""
    # All of these start a module with runpy, and Pyserini is imported on the way.
    looks_for_module = frame.f_code.co_name == "_get_module_details" and frame.f_globals.get("__name__") == "runpy"
    return str(frame.f_locals["mod_name"]) if looks_for_module else ""


@lru_cache(maxsize=1)
def _remember(module: str, arguments: tuple[str, ...]) -> Command:
    return Command(module, arguments)


def check_command(command: Command | None) -> None:
    """Check the arguments of a Pyserini command with a student before anything is loaded; ignore other commands.

    Raises
    ------
    OpticalError
        The student, the index or the topics are missing or faulty.
    """
    if command is None or command.student is None:
        return
    print_errors_in_one_line()
    student = find_student(command.student)
    if command.module == "pyserini.encode":
        _check_fields(command)
        _check_dimension(command, student.checkpoint)
        return
    if command.module == "pyserini.search.lucene" and not {"--hnsw", "--flat"} & set(command.arguments):
        raise OpticalError(
            f"--encoder {student.name}: a student makes dense vectors; search Lucene's with --dense --hnsw or --dense "
            "--flat, and Faiss's with pyserini.search.faiss"
        )
    if command.module in QUERIES:
        read_local_topics(command)
        return
    hybrid = command.module == "pyserini.search.hybrid"
    for index in command.section_values("dense", "--index") if hybrid else command.values("--index"):
        _check_index(Path(index), student)
    read_local_topics(command)
    for hits in command.values("--hits"):
        if not hits.isdecimal() or int(hits) < 1:
            raise OpticalError(f"--hits {hits}: give a whole number of at least 1")


def print_errors_in_one_line() -> None:
    """Print uncaught :class:`OpticalError` as one line on stderr from now on; the exit status is still 1."""
    previous = sys.excepthook

    def print_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, OpticalError):
            sys.stderr.write(f"error: {error}\n")
        else:
            previous(kind, error, trace)

    sys.excepthook = print_error


def _check_index(folder: Path, student: Student) -> None:
    if folder.exists():
        check_dense_index(folder, student.checkpoint, student.name)
    elif len(folder.parts) > 1:
        raise OpticalError(f"{folder}: no such index; give the folder that pyserini.encode --to-faiss wrote")


@lru_cache(maxsize=1)
def read_local_topics(command: Command) -> dict[str, dict[str, str]]:
    """Read the topics files of a search with a student, once.

    Returns
    -------
    dict of str to dict of str to str
        Path, as it is written in the command -> query id -> query. Pyserini's built-in topics, and those of another
        `--topics-format`, are left to Pyserini.

    Raises
    ------
    OpticalError
        See :func:`pyserini_optical.topics.read_topics`.
    """
    if (
        command.student is None
        or command.module not in (*SEARCHES, *QUERIES)
        or command.values("--topics-format") not in ([], ["default"])
    ):
        return {}
    named = command.values("--topics")
    return {
        path: read_topics(path)
        for path in named
        if Path(path).exists() or len(Path(path).parts) > 1 or path.endswith(TOPICS)
    }


def hand_topics_on(module: ModuleType) -> None:
    """Give Pyserini the topics that were read before Java started, with unchanged identifiers.

    Its own readers turn `001` into `1`, keep only the later of two such queries, keep a byte-order mark in the first
    identifier, and recognise gzip only by file name.

    Parameters
    ----------
    module : module
        `pyserini.query_iterator`.
    """
    iterator = module.DefaultQueryIterator
    original = iterator.from_topics.__func__

    @wraps(original)
    def from_topics(cls: Any, topics_path: str) -> Any:
        command = running_command()
        topics = read_local_topics(command).get(topics_path) if command is not None else None
        if topics is None:
            return original(cls, topics_path)
        numbers = all(identifier.isascii() and identifier.isdigit() for identifier in topics)
        order = sorted(topics, key=int if numbers else str)  # as Pyserini's own
        return cls({identifier: {"title": query} for identifier, query in topics.items()}, order)

    iterator.from_topics = classmethod(from_topics)


def _check_fields(command: Command) -> None:
    """Refuse fields that `pyserini.encode` would only find missing from the collection after opening its output."""
    read = command.section_list("input", "--fields") or ["text"]
    encoded = command.section_list("encoder", "--fields") or ["text"]
    if "text" not in read or not set(encoded) <= {"title", "text"} & set(read):
        raise OpticalError(
            f"input --fields {' '.join(read)}, encoder --fields {' '.join(encoded)}: the encoded fields must be "
            "text and, if "
            "there is one, title; pass both sub-commands --fields text, or --fields title text if `contents` "
            "is a title, a newline and a text"
        )


def _check_dimension(command: Command, checkpoint: Checkpoint) -> None:
    given = int(next(iter(command.values("--dimension")), "768"))
    if "--to-faiss" in command.arguments and given != checkpoint.dimension:
        raise OpticalError(
            f"--dimension is {given}, but {checkpoint.teacher.name} makes vectors of {checkpoint.dimension}; "
            f"add --dimension {checkpoint.dimension} after encoder"
        )
