"""The files beside `optical.json`: which are the weights, and whether their bytes are the right ones."""

from collections.abc import Mapping
from pathlib import Path

from pyserini_optical.encoder.checkpoint.content import Checkpoint
from pyserini_optical.encoder.checkpoint.optical_json import FILE
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum


def verify_files(folder: str | Path, sha256: Mapping[str, str]) -> None:
    """Compare files with the checksums that were written down for them.

    Parameters
    ----------
    sha256 : mapping
        File name -> SHA-256 in hexadecimal.

    Raises
    ------
    OpticalError
        A file is missing or its bytes are not those that were written down.
    """
    for name, expected in sha256.items():
        path = Path(folder) / name
        if not path.is_file():
            raise OpticalError(f"{path}: is missing, though {FILE} lists it; fetch the student again")
        found = checksum(path)
        if found != expected:
            raise OpticalError(
                f"{path}: is damaged or another version (sha256 {found[:12]}..., expected {expected[:12]}...); "
                "fetch it again"
            )


def verify_student(folder: str | Path, checkpoint: Checkpoint) -> None:
    """Compare all of a student's files with the checksums in its `optical.json`.

    Parameters
    ----------
    checkpoint : Checkpoint
        What `optical.json` of `folder` says.

    Raises
    ------
    OpticalError
        As :func:`verify_files`.
    """
    verify_files(folder, checkpoint.sha256)
    for language, pack in checkpoint.languages.items():
        verify_files(Path(folder) / language, pack.sha256)


def find_weights(folder: str | Path) -> Path:
    """Find the safetensors weights of a Hugging Face folder.

    Returns
    -------
    Path
        `model.safetensors`, or the index of its shards.

    Raises
    ------
    OpticalError
        There are no weights, or only pickled ones, which this project never opens.
    """
    folder = Path(folder)
    for name in ("model.safetensors", "model.safetensors.index.json"):
        if (folder / name).is_file():
            return folder / name
    pickled = sorted(
        path.name for pattern in ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt") for path in folder.glob(pattern)
    )
    if pickled:
        raise OpticalError(
            f"{folder / pickled[0]}: pickled weights can run code and are never opened; "
            "save the model again with save_pretrained(..., safe_serialization=True)"
        )
    raise OpticalError(f"{folder}: holds no weights (model.safetensors); fetch the student again")
