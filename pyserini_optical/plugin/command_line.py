"""A Pyserini command that names a student: read once, checked before Java starts, and failing in one line."""

import itertools
import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType, TracebackType

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.student import find_student, names_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.topics import read_topics

SEARCHES = ("pyserini.search", "pyserini.search.faiss", "pyserini.search.hybrid")
COMMANDS = (*SEARCHES, "pyserini.encode")
SECTIONS = ("dense", "sparse", "fusion", "run")
TABLES = (".tsv", ".txt", ".tsv.gz", ".txt.gz")


@dataclass(frozen=True)
class Command:
    """A command of Pyserini's: the module that is run, and its arguments."""

    module: str
    arguments: tuple[str, ...]

    @property
    def student(self) -> str | None:
        """Name of the student it encodes with; None when there is none."""
        if self.module not in COMMANDS:
            return None
        return next((name for name in self.values("--encoder") if names_student(name)), None)

    @property
    def wants_dense_search(self) -> bool:
        """Whether it is `pyserini.search --encoder <student>`, which Lucene, behind that name, could not answer."""
        return self.module == "pyserini.search" and self.student is not None

    def values(self, flag: str) -> list[str]:
        """List the values of `--flag value` and `--flag=value`, in order; a sub-command may repeat another's flag."""
        return _values(self.arguments, flag)

    def section_values(self, section: str, flag: str) -> list[str]:
        """List the values that a flag has in one sub-command of `pyserini.search.hybrid`, such as `dense`."""
        words: list[str] = []
        current = ""
        for word in self.arguments:
            if word in SECTIONS:
                current = word
            elif current == section:
                words.append(word)
        return _values(words, flag)


def _values(words: list[str] | tuple[str, ...], flag: str) -> list[str]:
    apart = [value for word, value in itertools.pairwise(words) if word == flag]
    joined = [word.partition("=")[2] for word in words if word.startswith(f"{flag}=")]
    return apart + joined


def running_command() -> Command | None:
    """Find the command of Pyserini's that this process runs, whoever started it: `python -m`, a profiler, torchrun.

    Returns
    -------
    Command or None
        None where Pyserini is used as a library.
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
    # All that start a module by name look for it with runpy, and Pyserini is imported on the way.
    looks_for_module = frame.f_code.co_name == "_get_module_details" and frame.f_globals.get("__name__") == "runpy"
    return str(frame.f_locals["mod_name"]) if looks_for_module else ""


@lru_cache(maxsize=1)
def _remember(module: str, arguments: tuple[str, ...]) -> Command:
    return Command(module, arguments)


def check_command(command: Command | None) -> None:
    """Check what a Pyserini command with a student is given, before it loads anything; leave all others alone.

    Raises
    ------
    OpticalError
        The student, the index or the topics are missing or faulty.
    """
    if command is None or command.student is None:
        return
    print_errors_in_one_line()
    student = find_student(command.student)
    if command.module not in SEARCHES:
        _check_dimension(command, student.checkpoint)
        return
    hybrid = command.module == "pyserini.search.hybrid"
    for index in command.section_values("dense", "--index") if hybrid else command.values("--index"):
        _check_index(Path(index))
    for topics in command.values("--topics"):
        _check_topics(topics)


def print_errors_in_one_line() -> None:
    """From now on, an :class:`OpticalError` that nobody catches is one line on stderr; exit status 1, as ever."""
    previous = sys.excepthook

    def print_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, OpticalError):
            sys.stderr.write(f"error: {error}\n")
        else:
            previous(kind, error, trace)

    sys.excepthook = print_error


def _check_index(folder: Path) -> None:
    if folder.exists():
        missing = [file for file in ("index", "docid") if not (folder / file).is_file()]
        if missing:
            raise OpticalError(
                f"{folder}: is no Faiss index (no file {' and no file '.join(missing)}); "
                "make one with python -m pyserini.encode ... output --to-faiss"
            )
    elif len(folder.parts) > 1:
        raise OpticalError(f"{folder}: no such index; give the folder that pyserini.encode --to-faiss wrote")


def _check_topics(topics: str) -> None:
    """Pyserini reads them again with readers of its own, which stop at the first fault with half of a run written."""
    path = Path(topics)
    if topics.endswith(TABLES) and (path.exists() or len(path.parts) > 1):
        read_topics(topics)
    elif topics.endswith(".json") and path.exists():
        _check_json_topics(path)


def _check_json_topics(path: Path) -> None:
    with open_text(path) as file:
        try:
            topics = json.load(file)
        except json.JSONDecodeError as error:
            raise OpticalError(f"{path}:{error.lineno}: is not JSON ({error.msg})") from error
    for identifier, topic in topics.items() if isinstance(topics, dict) else [("", topics)]:
        title = topic.get("title") if isinstance(topic, dict) else None
        if not isinstance(title, str) or not title.strip():
            raise OpticalError(f'{path}: query {identifier} has no text; JSON topics are {{id: {{"title": query}}}}')


def _check_dimension(command: Command, checkpoint: Checkpoint) -> None:
    given = int(next(iter(command.values("--dimension")), "768"))
    if "--to-faiss" in command.arguments and given != checkpoint.dimension:
        raise OpticalError(
            f"--dimension is {given}, but {checkpoint.teacher.name} makes vectors of {checkpoint.dimension}; "
            f"add --dimension {checkpoint.dimension} after encoder"
        )
