"""Translation tables by name: shipped ones, and those in folders."""

from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, match_language
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.table_files import PROVENANCE_FILE
from pyserini_optical.shipped import SHIPPED_STUDENT, shipped

DOCUMENTS_FOLDER = "documents"


def load_table(
    name: str | Path, language: str | None = None, documents: str = ENGLISH, student: str | None = None
) -> TranslationTable:
    """Load a table by its name.

    Parameters
    ----------
    name : str or Path
        A folder with a table; a folder with one such folder per language, such as `encoders/optical`; `optical` for the
        shipped tables; `optical-swa` or `swa` for one of them.
    language : str, optional
        ISO 639-3 code of the queries; required with `optical` and with a folder of several tables.
    documents : str
        ISO 639-3 code of the index's documents. A table from English into a language lies in the folder `documents`
        of that language.
    student : str, optional
        The student that is searched with; an error says so if it has the table that is missing.

    Raises
    ------
    OpticalError
        There is no such table, or it is for another language.
    """
    if documents != ENGLISH:
        return _load_table_into(documents, str(name), language or ENGLISH)
    folder = _find_folder(str(name), language)
    if (folder / PROVENANCE_FILE).is_file():
        return TranslationTable.load(folder, language)
    languages = _list_languages(folder)
    if languages and language is None:
        raise OpticalError(f"{name}: holds tables for {', '.join(languages)}; choose one with --language")
    if languages:
        if student is not None and match_language(str(language), list_table_languages(student)):
            raise OpticalError(f"{name}: has no table for {language}, but {student} has one; pass --table {student}")
        raise OpticalError(f"{name}: has no table for {language}; it has {', '.join(languages)}")
    shipping = ", ".join(_list_languages(shipped(f"encoders/{SHIPPED_STUDENT}")))
    raise OpticalError(
        f"{name}: is not a translation table; give a folder written by `pyserini-optical lexicon`, or a shipped "
        f"language: {shipping}"
    )


def list_table_languages(name: str | Path) -> list[str]:
    """List the languages for which a name, as taken by :func:`load_table`, has tables.

    Returns
    -------
    list of str
        ISO 639-3 codes; empty if there is no table.
    """
    folder = _find_folder(str(name), None)
    if (folder / PROVENANCE_FILE).is_file():
        return [TranslationTable.load(folder).language]
    return _list_languages(folder)


def _load_table_into(documents: str, name: str, language: str) -> TranslationTable:
    for folder in (Path(name), _find_folder(name, documents) / DOCUMENTS_FOLDER):
        if (folder / PROVENANCE_FILE).is_file():
            table = TranslationTable.load(folder)
            if (table.language, table.document_language) == (language, documents):
                return table
    raise OpticalError(
        f"{name}: has no table from {language} into {documents}; to search with English queries, make one with "
        "`pyserini-optical lexicon "
        f"--bitext {documents}.tsv.gz --documents {documents} --output FOLDER`"
    )


def _find_folder(name: str, language: str | None) -> Path:
    folder = Path(name)
    if not folder.is_dir():
        root = shipped(f"encoders/{SHIPPED_STUDENT}")
        wanted = name.removeprefix(f"{SHIPPED_STUDENT}-")
        if name == SHIPPED_STUDENT:
            folder = root
        elif found := match_language(wanted, _list_languages(root)):
            return root / found
    if not (folder / PROVENANCE_FILE).is_file() and language is not None:
        return folder / (match_language(language, (path.name for path in folder.glob("*/"))) or "")
    return folder


def _list_languages(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob(f"*/{PROVENANCE_FILE}"))
