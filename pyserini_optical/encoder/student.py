"""From a name to a student on disk: resolved once, then passed on."""

from dataclasses import dataclass, replace
from pathlib import Path

from pyserini_optical.encoder.checkpoint import FILE, Checkpoint, read_checkpoint
from pyserini_optical.encoder.teacher import find_teacher
from pyserini_optical.encoder.weights import find_weights
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, match_language
from pyserini_optical.shipped import SHIPPED_STUDENT, shipped

DOCUMENTS = "-documents"
"""Suffix of a student's name with which it encodes passages in its own languages instead of English ones."""


@dataclass(frozen=True)
class Student:
    """A student on disk.

    Attributes
    ----------
    name : str
        The name by which it was requested.
    folder : Path
        Folder with `optical.json`.
    language : str or None
        ISO 639-3 code in the name; None if the name leaves the language open.
    checkpoint : Checkpoint
        Content of `optical.json`.
    reads_documents : bool
        Whether the name ends in `-documents`: the student is to encode passages in its languages.
    """

    name: str
    folder: Path
    language: str | None
    checkpoint: Checkpoint
    reads_documents: bool = False

    @property
    def languages(self) -> list[str]:
        """ISO 639-3 codes of the supported query languages; for a pack folder also English, read by the teacher."""
        if self.language is not None:
            return [self.language]
        return [*self.checkpoint.languages, *([ENGLISH] if self.checkpoint.kind == "packs" else [])]

    def bind(self, language: str) -> "Student":
        """Bind a student to one of its languages.

        Raises
        ------
        OpticalError
            The student does not support the language.
        """
        if self.checkpoint.kind != "packs":
            return self
        known = [*self.checkpoint.languages, ENGLISH]
        code = match_language(language, known)
        if code is None:
            raise OpticalError(f"{self.folder}: does not know language {language!r}; it knows {', '.join(known)}")
        return replace(self, language=code)

    def find_layers(self) -> tuple[Path, dict[str, str]]:
        """Find the Hugging Face folder with the student's layers, and the checksums that its files must have.

        Raises
        ------
        OpticalError
            Its teacher or its own weights are missing.
        """
        if self.checkpoint.kind == "packs":
            return find_teacher(self.checkpoint.teacher, self.folder), self.checkpoint.teacher.sha256
        find_weights(self.folder)
        return self.folder, self.checkpoint.sha256


def find_student(name: "str | Path | Student") -> Student:
    """Find a student.

    Parameters
    ----------
    name : str or Path or Student
        `optical` (the shipped student, which identifies the language of each query), `optical-swa` (the same, bound to
        one language), a student's folder, or a language's folder within one; each may be followed by `-documents`, to
        encode passages in its languages. A :class:`Student` is returned unchanged.

    Raises
    ------
    OpticalError
        There is no such student, it does not support the language, or its `optical.json` is damaged.
    """
    if isinstance(name, Student):
        return name
    path, name = Path(name), str(name)
    if name.endswith(DOCUMENTS) and not path.exists():
        return replace(find_student(name.removesuffix(DOCUMENTS)), name=name, reads_documents=True)
    if (path / FILE).is_file():
        return Student(name, path, None, read_checkpoint(path))
    if (path.parent / FILE).is_file() and path.is_dir():
        return Student(name, path.parent, None, read_checkpoint(path.parent)).bind(path.name)
    base, dash, language = name.partition("-")
    if base == SHIPPED_STUDENT:
        folder = shipped(f"encoders/{SHIPPED_STUDENT}")
        student = Student(name, folder, None, read_checkpoint(folder))
        return student.bind(language) if dash else student
    raise OpticalError(
        f"{name}: no student (a folder with {FILE}) has that name; `{SHIPPED_STUDENT}` is the shipped one"
    )


def names_student(name: str) -> bool:
    """Whether `name` looks like the name of a student to :func:`find_student`, valid or not."""
    path = Path(name)
    if name.endswith(DOCUMENTS) and not path.exists():
        return names_student(name.removesuffix(DOCUMENTS))
    return (
        name == SHIPPED_STUDENT
        or (name.startswith(f"{SHIPPED_STUDENT}-") and not path.exists())
        or (path / FILE).is_file()
        or (path.is_dir() and (path.parent / FILE).is_file())
    )
