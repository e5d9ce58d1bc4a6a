"""A translation table as human-readable text: `table.tsv.gz`, described by `table.json`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import (
    checksum,
    open_text,
    read_object,
    refuse_overwrite,
    update_folder,
    write_file,
    write_json,
)
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
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Read the two files back.

    Parameters
    ----------
    language : str, optional
        Refuse a table of any other language.

    Returns
    -------
    columns : dict
        `words`, `terms`, `offsets`, `term_ids` and `probabilities` of
        :class:`~pyserini_optical.lexicon.table.TranslationTable`.
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
    columns = _read_columns(path)
    if checksum(path) != content["sha256"]:
        raise OpticalError(f"{path}: does not match {PROVENANCE_FILE} (its SHA-256 differs); learn it again")
    provenance = {key: value for key, value in content.items() if key not in _DESCRIBED}
    return columns, {key: content[key] for key in _DESCRIBED}, provenance


def read_provenance(path: Path) -> dict[str, Any]:
    """Read and check a `table.json`.

    Raises
    ------
    OpticalError
        The file is missing, is not JSON, is of another format, or lacks an entry.
    """
    content = read_object(path, "learn the table again")
    if content.get("format") != FORMAT:
        raise OpticalError(f"{path}: does not describe a translation table of the format {FORMAT}")
    content.setdefault("documents", ENGLISH)  # absent from tables of earlier versions
    missing = [key for key in _DESCRIBED if key not in content]
    if missing:
        raise OpticalError(f"{path}: has no {', '.join(missing)}; learn the table again")
    return content


def _read_columns(path: Path) -> dict[str, Any]:
    """Parse all rows at once: a service opens the tables of all languages."""
    words: dict[str, int] = {}
    entries: list[str] = []
    counts = []
    with open_text(path) as file:
        for line in file:
            word, tab, listed = line.rstrip("\n").partition("\t")
            if not word or not tab or word in words:
                raise _damaged(path, len(words))
            words[word] = len(words)
            found = listed.split(" ") if listed else []
            counts.append(len(found))
            entries += found
    rows = np.repeat(np.arange(len(counts)), counts)
    translations, thousandths = [], []
    for place, entry in enumerate(entries):
        term, _, share = entry.rpartition(":")
        if not term or not share.isdecimal() or not 0 < (probability := int(share)) <= STEPS:
            raise _damaged(path, int(rows[place]))
        translations.append(term)
        thousandths.append(probability)
    shares = np.array(thousandths, np.int64)
    heavy = np.flatnonzero(np.bincount(rows, shares, len(counts)) > STEPS)
    if len(heavy):
        raise _damaged(path, int(heavy[0]))
    terms = sorted(set(translations))
    ids = {term: place for place, term in enumerate(terms)}
    term_ids = np.array([ids[term] for term in translations], np.int32)
    order = np.lexsort((term_ids, -shares, rows))  # most probable first, then by term
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    probabilities = shares[order] / STEPS
    return {
        "words": words, "terms": terms, "offsets": offsets, "term_ids": term_ids[order], "probabilities": probabilities
    }  # fmt: skip


def _damaged(path: Path, row: int) -> OpticalError:
    return OpticalError(f"{path}:{row + 1}: is not `word TAB term:thousandths ...`; learn the table again")
