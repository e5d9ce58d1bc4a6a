"""What is said of a student: its teacher, its settings, its languages."""

from dataclasses import dataclass, field
from typing import Any

DEFAULT_TEACHER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_TEACHER_SHA256 = {"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}


@dataclass(frozen=True)
class Teacher:
    """The English encoder a student answers for, and the checksums of its weights."""

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
        Every further key of the entry.
    analyzer : str
        What text goes through before it is tokenised, a name of `ANALYZERS` in
        :mod:`pyserini_optical.bitext.normalisation`; empty: text is read as it is written.
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
