"""Where the ONNX files of a student's layers are, and which layers they contain. Does not load torch."""

from dataclasses import dataclass
from pathlib import Path

from pyserini_optical.encoder.student import Student
from pyserini_optical.encoder.teacher import model_weights
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, read_object
from pyserini_optical.files.cache import user_cache

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


def cache_folder(layers_sha256: str) -> Path:
    """Give the folder in the user's cache for the export of some layers.

    Parameters
    ----------
    layers_sha256 : str
        Checksum of the weights.
    """
    return user_cache("onnx") / layers_sha256[:16]


def find_onnx(student: Student) -> Path | None:
    """Find the ONNX export of a student's layers.

    Returns
    -------
    Path or None
        The folder `onnx` beside the student's files, else the cache folder; None if there is neither.
    """
    beside = student.folder / BESIDE
    if (beside / SETTINGS).is_file():
        return beside
    folder, sha256 = student.find_layers()
    weights = model_weights(folder)
    cached = cache_folder(sha256.get(weights.relative_to(folder).as_posix()) or checksum(weights))
    return cached if (cached / SETTINGS).is_file() else None


def read_onnx_files(folder: Path) -> OnnxFiles:
    """Read `onnx.json`.

    Raises
    ------
    OpticalError
        It is damaged or of another format.
    """
    remedy = "run pyserini-optical export --onnx --overwrite"
    content = read_object(folder / SETTINGS, remedy)
    try:
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        return OnnxFiles(**content)
    except (ValueError, TypeError, KeyError) as error:
        raise OpticalError(f"{folder / SETTINGS}: cannot be read ({error}); {remedy}") from error
