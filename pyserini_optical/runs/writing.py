"""Checking runs, and writing them so that every scorer reads them in the same order."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_file
from pyserini_optical.files.identifiers import check_identifier

_FLOAT32 = np.finfo(np.float32)


def check_run(run: Mapping[str, Mapping[str, float]], name: str = "run") -> None:
    """Refuse a run that cannot be written or scored faithfully.

    Parameters
    ----------
    run : mapping
        Query to document to score, best first.
    name : str
        Name of the run, for the error.

    Raises
    ------
    OpticalError
        An identifier is empty or contains white space, a score is not finite in single precision, or a document scores
        more than the one above it.
    """
    for query, ranking in run.items():
        above = math.inf
        for identifier in (query, *ranking):
            check_identifier(identifier, name)
        for document, score in ranking.items():
            if not abs(score) <= float(_FLOAT32.max):
                raise OpticalError(f"{name}: score is {score} (query {query}, document {document}); fix the scorer")
            if score > above:
                raise OpticalError(
                    f"{name}: document {document} of query {query} scores higher than the one above it; sort with "
                    "rank()"
                )
            above = score


def write_run(path: str | Path, run: Mapping[str, Mapping[str, float]], tag: str, overwrite: bool = False) -> None:
    """Write a TREC run that every scorer reads in the order of `run`.

    trec_eval compares scores in single precision and breaks ties by document identifier, descending. Scores are
    therefore printed with nine significant digits, which tell any two single-precision numbers apart, and a score
    that would tie with the one above is lowered by the smallest step.

    Parameters
    ----------
    path : str or Path
        A name ending in `.gz` is compressed.
    run : mapping
        Query to document to score, best first.
    tag : str
        The name of the system, one word.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OpticalError
        See :func:`check_run`; or `tag` is not one word; or `path` exists and `overwrite` is false.
    """
    check_run(run, str(path))
    if len(tag.split()) != 1 or tag != tag.strip():
        raise OpticalError(f"{path}: run tag {tag!r} is not one word; name the system without spaces")
    with write_file(path, overwrite=overwrite) as file:
        for query, ranking in run.items():
            lines = zip(ranking, _print_descending(ranking.values()), strict=True)
            file.writelines(
                f"{query} Q0 {document} {place} {score} {tag}\n" for place, (document, score) in enumerate(lines, 1)
            )


def _print_descending(scores: Collection[float]) -> list[str]:
    printed = [f"{score:.9g}" for score in scores]
    values = np.array(printed, np.float64).astype(np.float32)
    for place in np.flatnonzero(values[1:] >= values[:-1]) + 1:
        # Lowering one score may make it meet the next: follow the row down until it is strict again.
        while place < len(values) and values[place] >= values[place - 1]:
            above = values[place - 1]
            # Near zero the smallest step would be a subnormal, which some processors flush to zero.
            values[place] = min(np.nextafter(above, np.float32(-np.inf)), above - _FLOAT32.tiny)
            printed[place] = f"{values[place]:.9g}"
            place += 1
    return printed
