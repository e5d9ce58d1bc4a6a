"""Where the ONNX files of a student's layers lie, and whose layers they are. Nothing here loads torch."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from pyserini_optical.encoder.checkpoint import find_weights, read_checkpoint
from pyserini_optical.encoder.folders import find_student
from pyserini_optical.encoder.teacher import teacher_folder
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, open_text

FORMAT = "pyserini-optical-onnx/1"
SETTINGS = "onnx.json"
FLOAT = "model.onnx"
INT8 = "model.int8.onnx"
BESIDE = "onnx"


@dataclass(frozen=True)
class OnnxFiles:
    """The content of `onnx.json`.

    Attributes
    ----------
    layers_sha256 : str
        Checksum of the safetensors weights that were exported.
    embeddings : str
        Name of the word embedding table in those weights.
    sha256 : dict
        Checksums of the graphs.
    """

    layers_sha256: str
    embeddings: str
    sha256: dict[str, str]


def layers_folder(name: str) -> tuple[Path, dict[str, str]]:
    """Find the Hugging Face folder whose layers a student runs.

    Parameters
    ----------
    name : str
        A student as :func:`~pyserini_optical.encoder.student_folder` takes it.

    Returns
    -------
    folder : Path
        Of a pack folder the teacher's, else the student's own.
    sha256 : dict of str to str
        Checksums its files must have.
    """
    folder, _ = find_student(name)
    checkpoint = read_checkpoint(folder)
    if checkpoint.kind == "packs":
        return teacher_folder(checkpoint.teacher.name), checkpoint.teacher.sha256
    return folder, checkpoint.sha256


def cache_folder(layers_sha256: str) -> Path:
    """Name the folder in the user's cache that holds the export of some layers.

    Parameters
    ----------
    layers_sha256 : str
        Checksum of their weights.

    Returns
    -------
    Path
        In `$XDG_CACHE_HOME`, by default `~/.cache`.
    """
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "pyserini-optical" / "onnx" / layers_sha256[:16]


def find_onnx(name: str) -> Path | None:
    """Find the ONNX export of a student's layers.

    Parameters
    ----------
    name : str
        A student as :func:`~pyserini_optical.encoder.student_folder` takes it.

    Returns
    -------
    Path or None
        The folder `onnx` beside the student's files, else the cache folder; None if there is neither.
    """
    student = find_student(name)[0]
    if (student / BESIDE / SETTINGS).is_file():
        return student / BESIDE
    folder, sha256 = layers_folder(name)
    weights = find_weights(folder)
    cached = cache_folder(sha256.get(weights.name) or checksum(weights))
    return cached if (cached / SETTINGS).is_file() else None


def read_onnx_files(folder: Path) -> OnnxFiles:
    """Read `onnx.json`.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    OnnxFiles

    Raises
    ------
    OpticalError
        It is damaged or of another format.
    """
    with open_text(folder / SETTINGS) as file:
        try:
            content = json.load(file)
            if content.pop("format") != FORMAT:
                raise ValueError("another format")
            return OnnxFiles(**content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise OpticalError(
                f"{folder / SETTINGS}: cannot be read ({error}); run pyserini-optical export --onnx --overwrite"
            ) from error
