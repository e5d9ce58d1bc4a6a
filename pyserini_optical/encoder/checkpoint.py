"""The description of a student beside its weights: `optical.json` and the checksums in it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pyserini_optical.bitext.normalisation import ANALYZERS
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_object, write_json

DEFAULT_TEACHER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_TEACHER_SHA256 = {"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}


@dataclass(frozen=True)
class Teacher:
    """The English encoder that a student imitates, and the checksums of its weights."""

    name: str = DEFAULT_TEACHER
    sha256: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_TEACHER_SHA256))


@dataclass(frozen=True)
class Pack:
    """One language of a student.

    Attributes
    ----------
    vocab_size : int
        Size of its vocabulary.
    sha256 : dict
        Checksums of its files.
    notes : dict
        All further keys of the entry.
    analyzer : str
        Normalisation of text before tokenisation, a name in `ANALYZERS` of
        :mod:`pyserini_optical.bitext.normalisation`; empty: none.
    """

    vocab_size: int
    sha256: dict[str, str]
    notes: dict[str, Any] = field(default_factory=dict)
    analyzer: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """The content of `optical.json`.

    Attributes
    ----------
    kind : {"student", "packs"}
        An ordinary Hugging Face folder with its own weights, or the teacher's layers with an embedding table and a
        tokenizer per language.
    dimension : int
        Vector size of the student and the index.
    max_length : int
        Longest input in tokens, including special tokens; longer texts are truncated.
    query_prefix, document_prefix : str
        Prefixes that the teacher expects before queries and passages, such as `query: `.
    template : str
        How queries and passages are framed, see :mod:`.templates`; empty: by the tokenizer's own special tokens.
    document_length : int or None
        Longest passage in tokens; None: the same as `max_length`.
    document_teacher : str
        The model that encoded the passages; empty: the teacher.
    sha256 : dict
        Checksums of the files at the top of the folder.
    languages : dict
        ISO 639-3 code -> :class:`Pack`; for a student without packs, the codes of the languages it was trained on.
    notes : dict
        All further keys of the file: bitext and licences, versions, scores, transport settings.
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


FORMAT = "pyserini-optical/1"
FILE = "optical.json"
KINDS = ("student", "packs")
POOLINGS = ("mean", "cls")

_KEYS = {entry.name for entry in fields(Checkpoint)} - {"notes"}


def read_checkpoint(folder: str | Path) -> Checkpoint:
    """Read and check `optical.json`.

    Parameters
    ----------
    folder : str or Path
        A student's folder.

    Raises
    ------
    OpticalError
        The file is missing, is not JSON, is of an unknown format version, or lacks or misspells an entry.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        raise OpticalError(f"{folder}: has no {FILE}, so it is not a student; name a student's folder, or `optical`")
    content = read_object(path, "fetch the student again")
    if content.get("format") != FORMAT:
        raise OpticalError(
            f"{path}: format {content.get('format')!r} is unknown (this version reads {FORMAT!r}); update "
            "pyserini-optical, or fetch a student made for it"
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
    known["notes"] = {key: value for key, value in content.items() if key not in _KEYS}
    checkpoint = Checkpoint(**{"kind": content["kind"], "dimension": content["dimension"], **known})
    if checkpoint.kind not in KINDS:
        raise ValueError(f"kind {checkpoint.kind!r} is not one of {', '.join(KINDS)}")
    if checkpoint.pooling not in POOLINGS:
        raise ValueError(f"pooling {checkpoint.pooling!r} is not one of {', '.join(POOLINGS)}")
    for name in ("dimension", "max_length"):
        if type(getattr(checkpoint, name)) is not int or getattr(checkpoint, name) < 1:
            raise ValueError(f"{name} {getattr(checkpoint, name)!r} is not a positive whole number")
    for name in ("query_prefix", "document_prefix"):
        if not isinstance(getattr(checkpoint, name), str):
            raise ValueError(f"{name} {getattr(checkpoint, name)!r} is not text")
    unknown = {pack.analyzer for pack in checkpoint.languages.values()} - {"", *ANALYZERS}
    if unknown:
        raise ValueError(f"analyzer {min(unknown)!r} is unknown to this version")
    listed = [checkpoint.sha256, *(pack.sha256 for pack in checkpoint.languages.values())]
    for name in [*checkpoint.languages, *(name for sha256 in listed for name in dict(sha256))]:
        if "\\" in name or name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"{name!r} points outside the folder")
    return checkpoint


def _parse_pack(entry: Mapping[str, Any]) -> Pack:
    notes = {key: value for key, value in entry.items() if key not in ("vocab_size", "pieces", "sha256", "analyzer")}
    vocab_size = entry.get("vocab_size", entry.get("pieces", 0))  # pieces: the name in folders of earlier versions
    return Pack(int(vocab_size), dict(entry.get("sha256", {})), notes, str(entry.get("analyzer", "")))


def write_checkpoint(folder: str | Path, checkpoint: Checkpoint) -> None:
    """Write `optical.json`, replacing an existing one."""
    content = {"format": FORMAT, **asdict(checkpoint)}
    content.update(content.pop("notes"))
    for entry in content["languages"].values():
        entry.update(entry.pop("notes"))
    write_json(Path(folder) / FILE, content, overwrite=True)
