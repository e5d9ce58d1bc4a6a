"""The files of a student, and checks of their checksums."""

import logging
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pyserini_optical.encoder.checkpoint import FILE, Checkpoint, read_checkpoint
from pyserini_optical.encoder.weights import verify_student
from pyserini_optical.errors import OpticalError

CARD = "README.md"


def write_card(checkpoint: Checkpoint, name: str) -> str:
    """Write the model card of a student that has none.

    Parameters
    ----------
    name : str
        Name of the student.

    Returns
    -------
    str
        Markdown with Hugging Face's metadata.
    """
    languages = list(checkpoint.languages)
    lines = ["---", "library_name: pyserini-optical", "pipeline_tag: feature-extraction"]
    lines += [f"base_model: {checkpoint.teacher.name}", "language:", *(f"- {code}" for code in languages)]
    lines += ["tags:", "- cross-lingual-information-retrieval", "- pyserini", "---", "", f"# {Path(name).name}", ""]
    lines += [
        f"Puts queries in {', '.join(languages)} where {checkpoint.teacher.name} puts their English translations."
    ]
    lines += ["", "```sh", f"pyserini-optical pull {name} --output student"]
    lines += ["python -m pyserini.search.faiss --encoder student --index ... --topics ... --output run.txt", "```", ""]
    lines += [f"`{FILE}` says what it was made of, with checksums.", ""]
    return "\n".join(lines)


logger = logging.getLogger(__name__)

WEIGHTS = ".safetensors"
TAKEN = (".json", WEIGHTS, ".txt", ".md", ".tsv.gz", ".yaml")
"""What a student is made of; whatever else lies beside it is left there."""

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def choose_files(names: Iterable[str]) -> list[str]:
    """Keep the names of a student's files.

    Parameters
    ----------
    names : iterable of str
        Names with `/` between folders.

    Raises
    ------
    OpticalError
        A name points outside the folder, or is hidden.
    """
    chosen = []
    for name in names:
        if name.startswith(".git"):
            continue
        if name.endswith(TAKEN):
            if "\\" in name or not all(_PART.fullmatch(part) for part in name.split("/")):
                raise OpticalError(f"{name!r}: is not a valid file name in a student; do not trust its source")
            chosen.append(name)
        else:
            logger.warning("%s: is not part of a student, and was not copied", name)
    return chosen


def list_files(folder: Path) -> list[str]:
    """List a student's files, links to elsewhere excepted."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    strays = [path for path in paths if not path.resolve().is_relative_to(folder.resolve())]
    if strays:
        raise OpticalError(f"{strays[0]}: points outside {folder}; put the file itself there")
    return choose_files(PurePosixPath(path.relative_to(folder)).as_posix() for path in paths)


def check_contents(folder: Path) -> Checkpoint:
    """Verify every checksum of a student, and that each of its weights has one.

    Raises
    ------
    OpticalError
        A file is missing, damaged, or not listed.
    """
    checkpoint = read_checkpoint(folder)
    verify_student(folder, checkpoint)
    packs = checkpoint.languages.items()
    signed = {*checkpoint.sha256, *(f"{language}/{name}" for language, pack in packs for name in pack.sha256)}
    for path in sorted(folder.rglob(f"*{WEIGHTS}")):
        if path.relative_to(folder).as_posix() not in signed:
            raise OpticalError(f"{path}: {FILE} has no checksum for it; remove it, or make the student again")
    return checkpoint
