"""Tables by name: a folder, or a language whose table ships."""

from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.table_files import PROVENANCE_FILE
from pyserini_optical.shipped import shipped

SHIPPED = "optical"


def load_table(name: str | Path, language: str | None = None) -> TranslationTable:
    """Load a table by its name.

    Parameters
    ----------
    name : str or Path
        A folder that holds a table; a folder with one such folder a language, as `encoders/optical` is; `optical` for
        the shipped ones; `optical-swa` or `swa` for one of them.
    language : str, optional
        ISO 639-3 code of the queries; needed with `optical` and with a folder of several.

    Raises
    ------
    OpticalError
        There is no such table, or it is of another language.
    """
    folder = _find_folder(str(name), language)
    if (folder / PROVENANCE_FILE).is_file():
        return TranslationTable.load(folder, language)
    languages = _list_languages(folder)
    if languages and language is None:
        raise OpticalError(f"{name}: holds tables for {', '.join(languages)}; choose one with --language")
    if languages:
        raise OpticalError(f"{name}: has no table for {language}; it has {', '.join(languages)}")
    shipping = ", ".join(_list_languages(shipped(f"encoders/{SHIPPED}")))
    raise OpticalError(
        f"{name}: is no translation table; give a folder made by `pyserini-optical lexicon`, or a language that "
        f"ships: {shipping}"
    )


def _find_folder(name: str, language: str | None) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        root = shipped(f"encoders/{SHIPPED}")
        wanted = name.removeprefix(f"{SHIPPED}-")
        if name == SHIPPED:
            folder = root
        elif wanted in _list_languages(root):
            return root / wanted
    if not (folder / PROVENANCE_FILE).is_file() and language is not None and (folder / language).is_dir():
        return folder / language
    return folder


def _list_languages(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob(f"*/{PROVENANCE_FILE}"))
