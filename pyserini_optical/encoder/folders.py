"""From the name a person gives to the folder of a student: the one place that knows."""

from pathlib import Path

from pyserini_optical.encoder.checkpoint import FILE, read_checkpoint
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, language_code
from pyserini_optical.shipped import shipped

SHIPPED = "optical"


def student_folder(name: str) -> Path:
    """Find the folder of a student.

    Parameters
    ----------
    name : str
        `optical` (the shipped student, which recognises the language of each query), `optical-swa` (the same, bound
        to one language), a student's folder, or a language's folder within one.

    Returns
    -------
    Path
        The folder that holds `optical.json`.

    Raises
    ------
    OpticalError
        No student goes by that name.
    """
    return find_student(name)[0]


def find_student(name: str) -> tuple[Path, str | None]:
    """Find the folder of a student and the language its name asks for.

    Parameters
    ----------
    name : str
        As :func:`student_folder` takes it.

    Returns
    -------
    folder : Path
        The folder that holds `optical.json`.
    language : str or None
        ISO 639-3 code, or None when the name leaves it open.

    Raises
    ------
    OpticalError
        No student goes by that name, or it does not know the language.
    """
    path = Path(name)
    if (path / FILE).is_file():
        return path, None
    if (path.parent / FILE).is_file() and path.is_dir():
        return path.parent, _check_language(path.parent, path.name)
    if name == SHIPPED:
        return shipped("encoders/optical"), None
    if name.startswith(f"{SHIPPED}-"):
        folder = shipped("encoders/optical")
        return folder, _check_language(folder, name.removeprefix(f"{SHIPPED}-"))
    raise OpticalError(f"{name}: no student (a folder with {FILE}) goes by that name; `{SHIPPED}` is the shipped one")


def names_student(name: str) -> bool:
    """Whether `name` is one that :func:`student_folder` would look for, be the student sound or not.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    path = Path(name)
    return (
        name == SHIPPED
        or (name.startswith(f"{SHIPPED}-") and not path.exists())
        or (path / FILE).is_file()
        or (path.is_dir() and (path.parent / FILE).is_file())
    )


def _check_language(folder: Path, name: str) -> str:
    known = [*read_checkpoint(folder).languages, ENGLISH]
    language = name if name in known else language_code(name)
    if language not in known:
        raise OpticalError(f"{folder}: knows no language {name!r}; it knows {', '.join(known)}")
    return language
