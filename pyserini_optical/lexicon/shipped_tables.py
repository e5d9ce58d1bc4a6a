"""Tables by name: a folder, or a language whose table ships."""

from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon.table import PROVENANCE_FILE, TranslationTable
from pyserini_optical.shipped import shipped

SHIPPED = "encoders/optical"


def load_table(name: str | Path, language: str | None = None) -> TranslationTable:
    """Load a table.

    Parameters
    ----------
    name : str or Path
        A folder that holds a table; a folder with one such folder a language, as `encoders/optical` is; `optical` for
        the shipped ones; or the code of a language that ships, such as `swa`.
    language : str, optional
        ISO 639-3 code; needed with `optical` and with a folder of several.

    Returns
    -------
    TranslationTable

    Raises
    ------
    OpticalError
        There is no such table, or it is of another language.
    """
    if (Path(name) / PROVENANCE_FILE).is_file():
        return TranslationTable.load(name, language)
    if language is not None and (Path(name) / language / PROVENANCE_FILE).is_file():
        return TranslationTable.load(Path(name) / language, language)
    root = shipped(SHIPPED)
    wanted = language if str(name) == "optical" else str(name)
    languages = sorted(path.parent.name for path in root.glob(f"*/{PROVENANCE_FILE}"))
    if wanted not in languages:
        raise OpticalError(
            f"{name}: no translation table there{f' for {language}' if language else ''}; give a folder made by "
            f"`pyserini-optical lexicon`, or a language that ships: {', '.join(languages)}"
        )
    return TranslationTable.load(root / wanted, language)
