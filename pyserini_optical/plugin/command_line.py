"""A Pyserini command that names a student: checked before Java starts, and failing in one line."""

import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from pyserini_optical.encoder.checkpoint import Checkpoint, read_checkpoint
from pyserini_optical.encoder.folders import names_student, student_folder
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.topics import read_topics

SEARCHES = ("pyserini.search", "pyserini.search.faiss", "pyserini.search.hybrid")
COMMANDS = (*SEARCHES, "pyserini.encode")
SECTIONS = ("dense", "sparse", "fusion", "run")
TABLES = (".tsv", ".txt", ".tsv.gz", ".txt.gz")


def running_command() -> tuple[str, list[str]]:
    """Name the module this process runs with `-m`, and its arguments.

    Returns
    -------
    module : str
        Empty when the process runs something else.
    arguments : list of str
    """
    words = iter(sys.orig_argv[1:])
    for word in words:
        if word in ("-W", "-X"):
            next(words, None)
        elif not word.startswith("-") or word.startswith(("--", "-c")):
            break
        elif word.endswith("m"):  # -m, or -m joined to others as in -Im
            return next(words, ""), list(words)
    return "", []


def read_flag(arguments: Sequence[str], flag: str) -> list[str]:
    """List the values a flag is given, as `--flag value` or `--flag=value`.

    Parameters
    ----------
    arguments : sequence of str
    flag : str
        With its dashes.

    Returns
    -------
    list of str
        In order; a sub-command may repeat a flag of another.
    """
    apart = [value for word, value in itertools.pairwise(arguments) if word == flag]
    joined = [word.partition("=")[2] for word in arguments if word.startswith(f"{flag}=")]
    return apart + joined


def read_section(arguments: Sequence[str], name: str) -> list[str]:
    """List the arguments of one sub-command of `pyserini.search.hybrid`.

    Parameters
    ----------
    arguments : sequence of str
    name : {"dense", "sparse", "fusion", "run"}

    Returns
    -------
    list of str
    """
    section: list[str] = []
    current = ""
    for word in arguments:
        if word in SECTIONS:
            current = word
        elif current == name:
            section.append(word)
    return section


def named_student() -> str | None:
    """Name the student that this process was told to encode with.

    Returns
    -------
    str or None
        None when it runs no Pyserini command, or one with another encoder.
    """
    module, arguments = running_command()
    if module not in COMMANDS:
        return None
    return next((name for name in read_flag(arguments, "--encoder") if names_student(name)), None)


def wants_dense_search() -> bool:
    """Whether this process is `python -m pyserini.search --encoder <student>`, which Lucene could not answer."""
    return running_command()[0] == "pyserini.search" and named_student() is not None


def check_command() -> None:
    """Check what a Pyserini command with a student is given, before it loads anything; leave all others alone.

    Raises
    ------
    OpticalError
        The student, the index or the topics are missing or faulty.
    """
    name = named_student()
    if name is None:
        return
    print_errors_in_one_line()
    module, arguments = running_command()
    checkpoint = read_checkpoint(student_folder(name))
    if module in SEARCHES:
        dense = read_section(arguments, "dense") if module == "pyserini.search.hybrid" else arguments
        for index in read_flag(dense, "--index"):
            _check_index(Path(index))
        for topics in read_flag(arguments, "--topics"):
            _check_topics(topics)
    else:
        _check_dimension(arguments, checkpoint)


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
    path = Path(topics)
    if topics.endswith(TABLES) and (path.exists() or len(path.parts) > 1):
        read_topics(topics)
    elif topics.endswith(".json") and path.exists():
        _check_json_topics(path)


def _check_json_topics(path: Path) -> None:
    """Pyserini reads `{id: {"title": query}}`; it would stop at a query without text with half of a run written."""
    with open_text(path) as file:
        try:
            topics = json.load(file)
        except json.JSONDecodeError as error:
            raise OpticalError(f"{path}:{error.lineno}: is not JSON ({error.msg})") from error
    for identifier, topic in topics.items() if isinstance(topics, dict) else [("", topics)]:
        title = topic.get("title") if isinstance(topic, dict) else None
        if not isinstance(title, str) or not title.strip():
            raise OpticalError(f'{path}: query {identifier} has no text; JSON topics are {{id: {{"title": query}}}}')


def _check_dimension(arguments: Sequence[str], checkpoint: Checkpoint) -> None:
    given = int(next(iter(read_flag(arguments, "--dimension")), "768"))
    if "--to-faiss" in arguments and given != checkpoint.dimension:
        raise OpticalError(
            f"--dimension is {given}, but {checkpoint.teacher.name} makes vectors of {checkpoint.dimension}; "
            f"add --dimension {checkpoint.dimension} after encoder"
        )
