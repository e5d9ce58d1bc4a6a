"""A translation table as human-readable text: `table.tsv.gz`, described by `table.json`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, open_text, refuse_overwrite, update_folder, write_file, write_json
from pyserini_optical.languages import ENGLISH, match_language

FORMAT = "pyserini-optical-table/1"
TABLE_FILE = "table.tsv.gz"
PROVENANCE_FILE = "table.json"
STEPS = 1000
"""Probabilities are stored in thousandths, rounded down so that a row never sums to more than 1."""

_DESCRIBED = (
    "format",
    "language",
    "documents",
    "english_analyzer",
    "foreign_analyzer",
    "stem_length",
    "words",
    "entries",
    "sha256",
)


def write_table_files(
    folder: str | Path,
    rows: Iterable[tuple[str, Sequence[tuple[str, float]]]],
    described: Mapping[str, Any],
    provenance: Mapping[str, Any],
    overwrite: bool = False,
) -> None:
    """Write the two files, both or neither.

    Parameters
    ----------
    folder : str or Path
        Created if necessary; other files in it are kept.
    rows : iterable of (str, sequence of (str, float))
        Foreign word, and English terms with probabilities.
    described : mapping
        The required entries of `table.json`: language, analyzers, stem length and counts.
    provenance : mapping
        Its other entries.

    Raises
    ------
    OpticalError
        The files exist and `overwrite` is false, or they cannot be written.
    """
    for name in (TABLE_FILE, PROVENANCE_FILE):
        refuse_overwrite(Path(folder) / name, overwrite)
    with update_folder(folder) as partial:  # the two files describe each other
        with write_file(partial / TABLE_FILE, overwrite=True) as file:
            for word, row in sorted(rows):
                thousandths = ((term, int(probability * STEPS + 1e-3)) for term, probability in row)
                file.write(f"{word}\t{' '.join(f'{term}:{share}' for term, share in thousandths if share)}\n")
        signed = {"format": FORMAT, **described, "sha256": checksum(partial / TABLE_FILE), **provenance}
        write_json(partial / PROVENANCE_FILE, signed, overwrite=True)


def read_table_files(
    folder: str | Path, language: str | None = None
) -> tuple[dict[str, list[tuple[str, float]]], dict[str, Any], dict[str, Any]]:
    """Read the two files back.

    Parameters
    ----------
    language : str, optional
        Refuse a table of any other language.

    Returns
    -------
    rows : dict of str to list of (str, float)
    described : dict
        The required entries of `table.json`.
    provenance : dict
        Its other entries.

    Raises
    ------
    OpticalError
        A file is missing, truncated or was changed after it was written, or the table is for another language.
    """
    path = Path(folder) / TABLE_FILE
    content = read_provenance(Path(folder) / PROVENANCE_FILE)
    if language is not None and match_language(language, [content["language"]]) is None:
        raise OpticalError(f"{folder}: is a table for {content['language']}, not {language}; name another table")
    rows: dict[str, list[tuple[str, float]]] = {}
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            word, row = _parse_line(line, f"{path}:{number}")
            rows[word] = row
    if checksum(path) != content["sha256"]:
        raise OpticalError(f"{path}: does not match {PROVENANCE_FILE} (its SHA-256 differs); learn it again")
    provenance = {key: value for key, value in content.items() if key not in _DESCRIBED}
    return rows, {key: content[key] for key in _DESCRIBED}, provenance


def read_provenance(path: Path) -> dict[str, Any]:
    """Read and check a `table.json`.

    Raises
    ------
    OpticalError
        The file is missing, is not JSON, is of another format, or lacks an entry.
    """
    try:
        with open_text(path) as file:
            content = json.load(file)
    except json.JSONDecodeError as error:
        raise OpticalError(f"{path}:{error.lineno}: is not JSON ({error.msg}); learn the table again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise OpticalError(f"{path}: does not describe a translation table of the format {FORMAT}")
    content.setdefault("documents", ENGLISH)  # absent from tables of earlier versions
    missing = [key for key in _DESCRIBED if key not in content]
    if missing:
        raise OpticalError(f"{path}: has no {', '.join(missing)}; learn the table again")
    return content


def _parse_line(line: str, where: str) -> tuple[str, list[tuple[str, float]]]:
    word, tab, listed = line.rstrip("\n").partition("\t")
    try:
        if not word or not tab:
            raise ValueError("no tab")
        entries = [entry.rpartition(":") for entry in listed.split(" ")] if listed else []
        return word, [(term, int(share) / STEPS) for term, _, share in entries]
    except ValueError as error:
        raise OpticalError(f"{where}: is not `word TAB term:thousandths ...`; learn the table again") from error
