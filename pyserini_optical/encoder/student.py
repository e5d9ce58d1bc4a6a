"""From the name a person gives to a student on this disk: resolved once, then handed on."""

from dataclasses import dataclass, replace
from pathlib import Path

from pyserini_optical.encoder.checkpoint import FILE, Checkpoint, read_checkpoint
from pyserini_optical.encoder.teacher import find_teacher
from pyserini_optical.encoder.weights import find_weights
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, match_language
from pyserini_optical.shipped import SHIPPED_STUDENT, shipped

DOCUMENTS = "-documents"
"""Behind a student's name: passages in its languages, which it encodes itself, in place of English ones."""


@dataclass(frozen=True)
class Student:
    """A student that was found.

    Attributes
    ----------
    name : str
        As it was asked for.
    folder : Path
        Holds `optical.json`.
    language : str or None
        ISO 639-3 code that the name asks for; None where it leaves the language open.
    checkpoint : Checkpoint
        What `optical.json` says.
    reads_documents : bool
        Whether the name ends in `-documents`: it is to encode passages in its languages.
    """

    name: str
    folder: Path
    language: str | None
    checkpoint: Checkpoint
    reads_documents: bool = False

    @property
    def languages(self) -> list[str]:
        """ISO 639-3 codes of the queries it may be asked; of a pack folder English too, which is the teacher itself."""
        if self.language is not None:
            return [self.language]
        return [*self.checkpoint.languages, *([ENGLISH] if self.checkpoint.kind == "packs" else [])]

    def bind(self, language: str) -> "Student":
        """Bind a student to one of its languages.

        Raises
        ------
        OpticalError
            It does not know the language.
        """
        if self.checkpoint.kind != "packs":
            return self
        known = [*self.checkpoint.languages, ENGLISH]
        code = match_language(language, known)
        if code is None:
            raise OpticalError(f"{self.folder}: does not know language {language!r}; it knows {', '.join(known)}")
        return replace(self, language=code)

    def find_layers(self) -> tuple[Path, dict[str, str]]:
        """Find the Hugging Face folder whose layers it runs, and the checksums that folder's files must have.

        Raises
        ------
        OpticalError
            Its teacher, or its own weights, are not there.
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
        `optical` (the shipped student, which identifies the language of each query), `optical-swa` (the same, bound
        to one language), a student's folder, or a language's folder within one, each with `-documents` behind it where
        it is to encode passages in its languages. One that was found is given back.

    Raises
    ------
    OpticalError
        No student goes by that name, it does not know the language, or its `optical.json` is damaged.
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
    if name == SHIPPED_STUDENT:
        folder = shipped("encoders/optical")
        return Student(name, folder, None, read_checkpoint(folder))
    if name.startswith(f"{SHIPPED_STUDENT}-"):
        folder = shipped("encoders/optical")
        return Student(name, folder, None, read_checkpoint(folder)).bind(name.removeprefix(f"{SHIPPED_STUDENT}-"))
    raise OpticalError(
        f"{name}: no student (a folder with {FILE}) has that name; `{SHIPPED_STUDENT}` is the shipped one"
    )


def names_student(name: str) -> bool:
    """Whether `name` is one that :func:`find_student` would look for, be the student sound or not."""
    path = Path(name)
    if name.endswith(DOCUMENTS) and not path.exists():
        return names_student(name.removesuffix(DOCUMENTS))
    return (
        name == SHIPPED_STUDENT
        or (name.startswith(f"{SHIPPED_STUDENT}-") and not path.exists())
        or (path / FILE).is_file()
        or (path.is_dir() and (path.parent / FILE).is_file())
    )
