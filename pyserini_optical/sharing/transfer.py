"""Push a student to a hub or a folder, and pull one from there."""

import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyserini_optical.encoder.checkpoint import FILE, read_checkpoint
from pyserini_optical.encoder.student import find_student
from pyserini_optical.errors import OpticalError, tell_reason
from pyserini_optical.files import write_folder, write_json
from pyserini_optical.sharing.contents import CARD, check_contents, choose_files, list_files, write_card

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


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
        See :func:`~pyserini_optical.encoder.find_student`.
    target : str
        `owner/name` on the hub, or a folder.
    private : bool
        Whether a newly created repository is private.
    overwrite : bool
        Replace an existing student.
    endpoint, token : str, optional
        By default what huggingface_hub is set to.

    Returns
    -------
    str
        Location of the student.

    Raises
    ------
    OpticalError
        The student is damaged, the target exists, or the hub refuses.
    """
    folder = find_student(student).folder
    checkpoint = check_contents(folder)
    files = [path for path in list_files(folder) if path != CARD or (folder / CARD).stat().st_size]
    described = json.loads((folder / FILE).read_bytes())
    teacher = checkpoint.teacher.name
    if Path(teacher).is_absolute():  # do not publish a local path; the checksum identifies the teacher
        described["teacher"]["name"] = Path(teacher).name
        checkpoint = replace(checkpoint, teacher=replace(checkpoint.teacher, name=Path(teacher).name))
    card = (folder / CARD).read_bytes() if CARD in files else write_card(checkpoint, target).encode()
    if names_folder(target):
        with write_folder(target, overwrite) as partial:
            _copy(folder, partial, files)
            write_json(partial / FILE, described, overwrite=True)
            (partial / CARD).write_bytes(card)
        return target
    from huggingface_hub import CommitOperationAdd, HfApi

    def send() -> str:
        api = HfApi(endpoint=endpoint, token=token)
        api.create_repo(target, private=private, exist_ok=True)
        if not overwrite and FILE in api.list_repo_files(target):
            raise OpticalError(f"{target}: already holds a student; pass --overwrite to replace it")
        contents: dict[str, Any] = {name: str(folder / name) for name in files} | {CARD: card}
        contents[FILE] = json.dumps(described, ensure_ascii=False, indent=2).encode()
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
    """Fetch a student, which only appears under its name once it is complete and its checksums agree.

    Parameters
    ----------
    source : str
        `owner/name` on the hub, or a folder.
    output : str or Path
        The folder to write.
    revision : str, optional
        Branch, tag or commit; by default the hub's main branch.
    overwrite : bool
        Replace an existing folder.
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
        check_contents(partial)
    return Path(output)


def names_folder(name: str) -> bool:
    """Whether `name` is a folder, not a hub repository: it exists, or does not look like `owner/name`."""
    return Path(name).is_dir() or not _REPOSITORY.fullmatch(name)


def _download(source: str, partial: Path, revision: str | None, endpoint: str | None, token: str | None) -> None:
    from huggingface_hub import HfApi, hf_hub_download

    # Stick to one commit: a concurrent push must not mix two students.
    found = HfApi(endpoint=endpoint, token=token).model_info(source, revision=revision)
    names = choose_files([entry.rfilename for entry in found.siblings or []])
    if FILE not in names:
        raise OpticalError(f"{source}: has no {FILE}, so it is not a student of pyserini-optical")
    for name in names:
        hf_hub_download(source, name, revision=found.sha, local_dir=partial, endpoint=endpoint, token=token)
    shutil.rmtree(partial / ".cache", ignore_errors=True)


def _copy(source: Path, target: Path, names: Iterable[str]) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def _ask_hub(name: str, ask: Callable[[], Any]) -> Any:
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    # The HTTP library of huggingface_hub depends on its version; HTTPError is the common base of their errors.
    transport = next(kind for kind in HfHubHTTPError.__mro__ if kind.__name__ == "HTTPError")
    try:
        return ask()
    except (OSError, transport, HFValidationError) as error:
        raise OpticalError(
            f"{name}: the hub refused the request or cannot be reached ({tell_reason(error)}); see `hf auth login`"
        ) from error
