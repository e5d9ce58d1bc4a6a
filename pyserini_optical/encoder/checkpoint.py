"""`optical.json`: what a student is, beside its weights."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, open_text, write_file

FORMAT = "pyserini-optical/1"
FILE = "optical.json"
KINDS = ("student", "packs")
POOLINGS = ("mean", "cls")
DEFAULT_TEACHER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_TEACHER_SHA256 = {"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}


@dataclass(frozen=True)
class Teacher:
    """The English encoder a student answers for, and the checksums of its weights."""

    name: str = DEFAULT_TEACHER
    sha256: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_TEACHER_SHA256))


@dataclass(frozen=True)
class Pack:
    """One language of a pack folder: the size of its vocabulary and the checksums of its files."""

    pieces: int
    sha256: dict[str, str]
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """The content of `optical.json`.

    Attributes
    ----------
    kind : {"student", "packs"}
        An ordinary Hugging Face folder with weights of its own, or the teacher's layers with an embedding table and a
        tokenizer a language.
    dimension : int
        Size of a vector, that of the index.
    max_length : int
        Longest input in tokens, the special ones included; what is beyond is cut.
    query_prefix, document_prefix : str
        What the teacher expects before a query and before a passage, such as `query: `.
    template : str
        How queries and passages are framed, see :mod:`.templates`; empty: by the tokenizer's own special tokens.
    document_length : int or None
        Longest passage in tokens; None: `max_length`.
    document_teacher : str
        The model that made the index, where it is not the teacher; empty: the teacher.
    sha256 : dict
        Checksums of the files at the top of the folder.
    languages : dict
        ISO 639-3 code -> :class:`Pack`; of a student without packs, the codes it was trained for.
    notes : dict
        Every further key of the file: bitext and licences, versions, scores, transport settings.
    """

    kind: str = "packs"
    teacher: Teacher = field(default_factory=Teacher)
    dimension: int = 384
    pooling: str = "mean"
    normalize: bool = True
    max_length: int = 256
    query_prefix: str = ""
    document_prefix: str = ""
    template: str = ""
    document_length: int | None = None
    document_teacher: str = ""
    sha256: dict[str, str] = field(default_factory=dict)
    languages: dict[str, Pack] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


_KEYS = {entry.name for entry in fields(Checkpoint)} - {"notes"}


def read_checkpoint(folder: str | Path) -> Checkpoint:
    """Read and check `optical.json`.

    Parameters
    ----------
    folder : str or Path
        A student's folder.

    Returns
    -------
    Checkpoint

    Raises
    ------
    OpticalError
        The file is missing, is not JSON, is of an unknown format version, or lacks or misspells an entry.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise OpticalError(f"{folder}: holds no {FILE}, so it is not a student; name a student's folder, or `optical`")
    with open_text(path) as file:
        try:
            content = json.load(file)
        except json.JSONDecodeError as error:
            raise OpticalError(f"{path}:{error.lineno}: is not JSON ({error.msg}); fetch the student again") from error
        except RecursionError as error:
            raise OpticalError(f"{path}: is nested too deeply; fetch the student again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise OpticalError(
            f"{path}: format {found!r} is unknown, this version reads {FORMAT!r}; update pyserini-optical, "
            "or fetch a student made for it"
        )
    del content["format"]
    try:
        checkpoint = _parse(content)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise OpticalError(f"{path}: {_explain(error)}; fetch the student again") from error
    return checkpoint


def _explain(error: Exception) -> str:
    return f"has no entry {error}" if isinstance(error, KeyError) else str(error)


def _parse(content: Mapping[str, Any]) -> Checkpoint:
    known = {key: content[key] for key in _KEYS & content.keys()}
    known["teacher"] = Teacher(name=content["teacher"]["name"], sha256=dict(content["teacher"].get("sha256", {})))
    known["languages"] = {code: _parse_pack(entry) for code, entry in content.get("languages", {}).items()}
    known["notes"] = {key: content[key] for key in content.keys() - _KEYS}
    checkpoint = Checkpoint(**{"kind": content["kind"], "dimension": content["dimension"], **known})
    if checkpoint.kind not in KINDS:
        raise ValueError(f"kind {checkpoint.kind!r} is none of {', '.join(KINDS)}")
    if checkpoint.pooling not in POOLINGS:
        raise ValueError(f"pooling {checkpoint.pooling!r} is none of {', '.join(POOLINGS)}")
    for name in ("dimension", "max_length"):
        if type(getattr(checkpoint, name)) is not int or getattr(checkpoint, name) < 1:
            raise ValueError(f"{name} {getattr(checkpoint, name)!r} is not a positive whole number")
    for name in ("query_prefix", "document_prefix"):
        if not isinstance(getattr(checkpoint, name), str):
            raise ValueError(f"{name} {getattr(checkpoint, name)!r} is not text")
    listed = [checkpoint.sha256, *(pack.sha256 for pack in checkpoint.languages.values())]
    for name in [*checkpoint.languages, *(name for sha256 in listed for name in dict(sha256))]:
        if "\\" in name or name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"{name!r} leads out of the folder")
    return checkpoint


def _parse_pack(entry: Mapping[str, Any]) -> Pack:
    notes = {key: entry[key] for key in entry.keys() - {"pieces", "sha256"}}
    return Pack(pieces=int(entry.get("pieces", 0)), sha256=dict(entry.get("sha256", {})), notes=notes)


def write_checkpoint(folder: str | Path, checkpoint: Checkpoint) -> None:
    """Write `optical.json`, replacing the one that is there.

    Parameters
    ----------
    folder : str or Path
    checkpoint : Checkpoint
    """
    content = {"format": FORMAT, **asdict(checkpoint)}
    content.update(content.pop("notes"))
    for entry in content["languages"].values():
        entry.update(entry.pop("notes"))
    with write_file(Path(folder) / FILE, overwrite=True) as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")


def verify_files(folder: str | Path, sha256: Mapping[str, str]) -> None:
    """Compare files with the checksums that were written down for them.

    Parameters
    ----------
    folder : str or Path
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


def find_weights(folder: str | Path) -> Path:
    """Find the safetensors weights of a Hugging Face folder.

    Parameters
    ----------
    folder : str or Path

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
