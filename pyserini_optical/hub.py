"""Students on a model hub, or in a folder that others read: sent and fetched whole, checked on both ways."""

import logging
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from pyserini_optical.encoder.checkpoint import FILE, Checkpoint, read_checkpoint, verify_files
from pyserini_optical.encoder.folders import student_folder
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_folder

logger = logging.getLogger(__name__)

CARD = "README.md"
WEIGHTS = ".safetensors"
TAKEN = (".json", WEIGHTS, ".txt", ".md", ".tsv.gz", ".yaml")
"""What a student is made of; whatever else lies beside it is left there."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def names_folder(name: str) -> bool:
    """Whether `name` is a folder's, not a hub repository's: it is there, or does not read `owner/name`.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    return Path(name).is_dir() or not _REPOSITORY.fullmatch(name)


def push_student(
    student: str,
    target: str,
    *,
    private: bool = False,
    overwrite: bool = False,
    endpoint: str | None = None,
    token: str | None = None,
) -> str:
    """Send a student, with a model card.

    Parameters
    ----------
    student : str
        As :func:`~pyserini_optical.encoder.folders.student_folder` takes it.
    target : str
        `owner/name` on the hub, or a folder.
    private : bool
        Of a repository that is made.
    overwrite : bool
        Replace a student that is there.
    endpoint, token : str, optional
        By default what huggingface_hub is set to.

    Returns
    -------
    str
        Where it is now.

    Raises
    ------
    OpticalError
        The student is damaged, the target holds one, or the hub refuses.
    """
    folder = student_folder(student)
    checkpoint = check_student(folder)
    files = [path for path in list_files(folder) if path != CARD or (folder / CARD).stat().st_size]
    card = (folder / CARD).read_bytes() if CARD in files else write_card(checkpoint, target).encode()
    if names_folder(target):
        with write_folder(target, overwrite) as partial:
            _copy(folder, partial, files)
            (partial / CARD).write_bytes(card)
        return target
    from huggingface_hub import CommitOperationAdd, HfApi

    def send() -> str:
        api = HfApi(endpoint=endpoint, token=token)
        api.create_repo(target, private=private, exist_ok=True)
        if not overwrite and FILE in api.list_repo_files(target):
            raise OpticalError(f"{target}: holds a student already; pass --overwrite to replace it")
        contents: dict[str, Any] = {name: str(folder / name) for name in files} | {CARD: card}
        operations = [CommitOperationAdd(name, content) for name, content in contents.items()]
        return str(api.create_commit(target, operations, commit_message=f"Add {Path(student).name}").commit_url)

    return _ask_hub(target, send)


def pull_student(
    source: str,
    output: str | Path,
    *,
    revision: str | None = None,
    overwrite: bool = False,
    endpoint: str | None = None,
    token: str | None = None,
) -> Path:
    """Fetch a student; it appears under its name when it is whole and its checksums agree.

    Parameters
    ----------
    source : str
        `owner/name` on the hub, or a folder.
    output : str or Path
        The folder to write.
    revision : str, optional
        Branch, tag or commit; by default the hub's main branch.
    overwrite : bool
        Replace what is there.
    endpoint, token : str, optional
        By default what huggingface_hub is set to.

    Returns
    -------
    Path
        `output`.

    Raises
    ------
    OpticalError
        There is no such student, a file would land outside the folder, a weight has no checksum or another one, or
        the hub cannot be reached.
    """
    with write_folder(output, overwrite) as partial:
        if names_folder(source):
            if revision is not None:
                raise OpticalError(f"{source}: a folder has no revisions; leave out --revision {revision}")
            read_checkpoint(source)
            _copy(Path(source), partial, list_files(Path(source)))
        else:
            _ask_hub(source, lambda: _download(source, partial, revision, endpoint, token))
        check_student(partial)
    return Path(output)


def _download(source: str, partial: Path, revision: str | None, endpoint: str | None, token: str | None) -> None:
    from huggingface_hub import HfApi, hf_hub_download

    # One commit throughout: a push meanwhile must not mix two students.
    found = HfApi(endpoint=endpoint, token=token).model_info(source, revision=revision)
    names = choose_files([entry.rfilename for entry in found.siblings or []])
    if FILE not in names:
        raise OpticalError(f"{source}: holds no {FILE}, so it is no student of pyserini-optical")
    for name in names:
        hf_hub_download(source, name, revision=found.sha, local_dir=partial, endpoint=endpoint, token=token)
    shutil.rmtree(partial / ".cache", ignore_errors=True)


def choose_files(names: Iterable[str]) -> list[str]:
    """Keep the names of a student's files.

    Parameters
    ----------
    names : iterable of str
        With `/` between folders.

    Returns
    -------
    list of str

    Raises
    ------
    OpticalError
        A name leads out of the folder, or is hidden in it.
    """
    chosen = []
    for name in names:
        if name.startswith(".git"):
            continue
        if name.endswith(TAKEN):
            if "\\" in name or not all(_PART.fullmatch(part) for part in name.split("/")):
                raise OpticalError(f"{name!r}: is no name for a file of a student; do not use where it came from")
            chosen.append(name)
        else:
            logger.warning("%s: is no part of a student, and is left behind", name)
    return chosen


def list_files(folder: Path) -> list[str]:
    """List a student's files, links to elsewhere excepted.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of str
    """
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    strays = [path for path in paths if not path.resolve().is_relative_to(folder.resolve())]
    if strays:
        raise OpticalError(f"{strays[0]}: leads out of {folder}; put the file itself there")
    return choose_files(PurePosixPath(path.relative_to(folder)).as_posix() for path in paths)


def check_student(folder: Path) -> Checkpoint:
    """Verify every checksum of a student, and that each of its weights has one.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Checkpoint

    Raises
    ------
    OpticalError
        A file is missing, damaged, or not listed.
    """
    checkpoint = read_checkpoint(folder)
    verify_files(folder, checkpoint.sha256)
    signed = set(checkpoint.sha256)
    for language, pack in checkpoint.languages.items():
        verify_files(folder / language, pack.sha256)
        signed |= {f"{language}/{name}" for name in pack.sha256}
    for path in sorted(folder.rglob(f"*{WEIGHTS}")):
        if path.relative_to(folder).as_posix() not in signed:
            raise OpticalError(f"{path}: {FILE} has no checksum of it; remove it, or make the student again")
    return checkpoint


def write_card(checkpoint: Checkpoint, name: str) -> str:
    """Write the model card of a student that has none.

    Parameters
    ----------
    checkpoint : Checkpoint
    name : str
        What it is called.

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


def _copy(source: Path, target: Path, names: Iterable[str]) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def _ask_hub(name: str, ask: Callable[[], Any]) -> Any:
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    # The library that huggingface_hub speaks through changes with its version; its HTTPError is the base of them all.
    transport = next(kind for kind in HfHubHTTPError.__mro__ if kind.__name__ == "HTTPError")
    try:
        return ask()
    except (OSError, transport, HFValidationError) as error:
        reason = " ".join(str(error).split())[:300]
        raise OpticalError(f"{name}: the hub refuses or cannot be reached ({reason}); see `hf auth login`") from error
