"""Relevance judgements in TREC form: `query iteration document relevance`, one per line."""

import re
from collections.abc import Mapping
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, write_file

Qrels = dict[str, dict[str, int]]
"""Query to document to relevance grade."""

HIGHEST_GRADE = 1000
"""trec_eval counts documents by grade: its time grows with the square of the highest, and 2^32 counts as 0."""

_WHOLE = re.compile(r"-?[0-9]+")


def read_qrels(path: str | Path) -> Qrels:
    """Read judgements, plain or gzip, Unix or Windows line ends.

    Returns
    -------
    Qrels
        In the order of the file; identifiers are strings.

    Raises
    ------
    OpticalError
        A line has not four columns, its grade is not a whole number or beyond 1,000, or its document is judged twice
        for the query; or the file holds no judgement. The message names file and line.
    """
    qrels: Qrels = {}
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            columns = line.split()
            if not columns:
                continue
            where = f"{path}:{number}"
            if len(columns) != 4:
                raise OpticalError(f"{where}: {len(columns)} columns; qrels have four: query iteration document grade")
            query, _, document, grade = columns
            if not _WHOLE.fullmatch(grade):
                raise OpticalError(
                    f"{where}: grade {grade!r} is not a whole number (query {query}, document {document})"
                )
            if abs(int(grade)) > HIGHEST_GRADE:
                raise OpticalError(
                    f"{where}: grade {grade} is out of range: trec_eval accepts -{HIGHEST_GRADE} to {HIGHEST_GRADE} "
                    f"(query {query}, document {document}); correct it, or scale the grades down"
                )
            judged = qrels.setdefault(query, {})
            if document in judged:
                raise OpticalError(
                    f"{where}: document {document} is judged twice for query {query}; drop one of the two"
                )
            judged[document] = int(grade)
    if not qrels:
        raise OpticalError(f"{path}: contains no judgements; each line should be: query iteration document grade")
    return qrels


def write_qrels(path: str | Path, qrels: Mapping[str, Mapping[str, int]], overwrite: bool = False) -> None:
    """Write judgements.

    Parameters
    ----------
    qrels : mapping
        Query -> document -> grade.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OpticalError
        `path` exists and `overwrite` is false.
    """
    with write_file(path, overwrite=overwrite) as file:
        for query, judged in qrels.items():
            file.writelines(f"{query} 0 {document} {grade}\n" for document, grade in judged.items())
