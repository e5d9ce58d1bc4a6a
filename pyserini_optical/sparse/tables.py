"""From the name of a translation table to the table."""

from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.table import PROVENANCE_FILE, TranslationTable
from pyserini_optical.shipped import shipped

SHIPPED = "optical"


def load_table(name: str, language: str | None = None) -> TranslationTable:
    """Load a table by its name.

    Parameters
    ----------
    name : str
        `optical` (what ships, for the language that is given), `optical-swa`, a table's folder, or a folder of such
        folders, one a language.
    language : str, optional
        ISO 639-3 code of the queries.

    Returns
    -------
    TranslationTable

    Raises
    ------
    OpticalError
        There is no such table, or it is of another language.
    """
    folder = _find_folder(name, language)
    if not (folder / PROVENANCE_FILE).is_file():
        # A folder of packs is a folder of languages.
        languages = sorted(path.parent.name for path in folder.glob(f"*/{PROVENANCE_FILE}"))
        if languages and language is None:
            raise OpticalError(f"{name}: holds tables for {', '.join(languages)}; choose one with --language")
        if languages:
            raise OpticalError(f"{name}: has no table for {language}; it has {', '.join(languages)}")
        raise OpticalError(f"{name}: is no translation table; make one with pyserini-optical lexicon")
    return TranslationTable.load(folder, language)


def _find_folder(name: str, language: str | None) -> Path:
    folder = Path(name)
    if not folder.is_dir() and (name == SHIPPED or name.startswith(f"{SHIPPED}-")):
        folder = shipped(f"encoders/{SHIPPED}")
        if name != SHIPPED:
            return folder / name.removeprefix(f"{SHIPPED}-")
    if language is not None and (folder / language).is_dir():
        return folder / language
    return folder
