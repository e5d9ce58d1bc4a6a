"""The weight files beside `optical.json`, and checks of their checksums."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pyserini_optical.encoder.checkpoint import FILE, Checkpoint
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, read_object


def verify_files(folder: str | Path, sha256: Mapping[str, str]) -> None:
    """Compare files with their recorded checksums.

    Parameters
    ----------
    sha256 : mapping
        File name -> SHA-256 in hexadecimal.

    Raises
    ------
    OpticalError
        A file is missing or its checksum differs.
    """
    for name, expected in sha256.items():
        path = Path(folder) / name
        if not path.is_file():
            raise OpticalError(f"{path}: is missing, though {FILE} lists it; fetch the student again")
        found = _take_checksum(path, path.stat().st_size, path.stat().st_mtime_ns)
        if found != expected:
            raise OpticalError(
                f"{path}: is damaged or another version (sha256 {found[:12]}..., expected {expected[:12]}...); "
                "fetch it again"
            )


@lru_cache(maxsize=256)
def _take_checksum(path: Path, _size: int, _modified: int) -> str:
    """A file's checksum, computed once per process: teachers are large and shared by their students."""
    return checksum(path)


def verify_student(folder: str | Path, checkpoint: Checkpoint) -> None:
    """Compare all of a student's files with the checksums in its `optical.json`.

    Parameters
    ----------
    checkpoint : Checkpoint
        Content of the folder's `optical.json`.

    Raises
    ------
    OpticalError
        As for :func:`verify_files`.
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
    raise OpticalError(f"{folder}: has no weights (model.safetensors); fetch the student again")


def list_tensors(weights: Path) -> dict[str, Path]:
    """List the tensors of safetensors weights.

    Parameters
    ----------
    weights : Path
        As :func:`find_weights` gives it: a file, or the index of shards.

    Returns
    -------
    dict of str to Path
        Tensor name -> the file that contains it.

    Raises
    ------
    OpticalError
        A file is missing, cut off, or only points to the weights.
    """
    if weights.suffix == ".json":
        places = read_object(weights, "fetch the weights again").get("weight_map")
        if not isinstance(places, dict):
            raise OpticalError(f"{weights}: is not an index of shards (no `weight_map`); fetch the weights again")
        return {name: weights.parent / file for name, file in places.items()}
    with _open_tensors(weights) as tensors:
        return dict.fromkeys(tensors.keys(), weights)


def read_tensors(weights: Path, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Read tensors of safetensors weights as float32.

    Parameters
    ----------
    weights : Path
        As :func:`find_weights` gives it.
    names : iterable of str, optional
        Tensors to read; by default all.

    Returns
    -------
    dict of str to torch.Tensor

    Raises
    ------
    OpticalError
        As for :func:`list_tensors`.
    """
    places = list_tensors(weights)
    found = {}
    for name in places if names is None else names:
        with _open_tensors(places[name]) as tensors:
            found[name] = tensors.get_tensor(name).float()
    return found


def _open_tensors(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        with path.open("rb") as file:
            if file.read(20) == b"version https://git-":
                raise OpticalError(f"{path}: is a Git LFS pointer, not the weights; fetch them with: git lfs pull")
        return safe_open(str(path), framework="pt")
    except (OSError, SafetensorError) as error:
        raise OpticalError(f"{path}: is damaged or truncated ({error}); fetch the weights again") from error
