"""Checks on a Faiss index in Pyserini's layout (`index`, `docid`) without loading it.

Indexes are large, and errors should show before time is spent on loading one. Indexes that were made with a student
also have a file `optical-index.json` that records the teacher: many models have vectors of 384 dimensions, and the
vectors themselves do not show which model made them.
"""

import re
import struct
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, read_object, write_json

INDEX, DOCIDS, ORIGIN = "index", "docid", "optical-index.json"
FORMAT = "pyserini-optical-index/1"
INNER_PRODUCT, JACCARD = 0, 23
"""Faiss's numbers of the metrics for which higher is better; for all others lower is."""

_HEADER = struct.Struct("<4siqqq?i")  # kind, dimension, number of vectors, two unused fields, whether trained, metric
_UNWRITABLE = re.compile(r"(?m)^\s*$|^[^\S\n]+\S|\S[^\S\n]+\S")


@dataclass(frozen=True)
class Header:
    """The header of a Faiss index.

    Attributes
    ----------
    kind : str
        Four letters, such as `IxFI` (flat, inner product) or `IHNf` (HNSW over flat).
    metric : int
        Faiss's number.
    """

    kind: str
    dimension: int
    vectors: int
    metric: int


def is_similarity(metric: int) -> bool:
    """Whether higher is better, as for inner products and unlike distances."""
    return metric in (INNER_PRODUCT, JACCARD)


def read_header(path: str | Path) -> Header:
    """Read the header of a Faiss index, which all kinds share except binary ones.

    Raises
    ------
    OpticalError
        There is no such file, or it is not an index of floating-point vectors.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(_HEADER.size)
    except OSError as error:
        raise OpticalError(f"{path}: cannot be read ({error.strerror})") from error
    if len(start) < _HEADER.size or not start.startswith(b"I") or start.startswith(b"IB"):
        raise OpticalError(f"{path}: is not a Faiss index of floating point vectors; encode the collection again")
    kind, dimension, vectors, _, _, _, metric = _HEADER.unpack(start)
    return Header(kind.decode("latin-1"), dimension, vectors, metric)


def check_dense_index(folder: str | Path, checkpoint: Checkpoint, name: str) -> Header:
    """Refuse an index that does not fit a student.

    Parameters
    ----------
    folder : str or Path
        Folder written by `pyserini.encode --to-faiss`.
    checkpoint : Checkpoint
        Checkpoint of the student.
    name : str
        Name of the student, for the error.

    Raises
    ------
    OpticalError
        A file is missing; the index is empty, or its numbers of vectors and documents differ; a document identifier
        cannot appear in a TREC run; the vectors have another dimension than the student's, or come from another
        teacher.
    """
    folder = Path(folder)
    missing = [file for file in (INDEX, DOCIDS) if not (folder / file).is_file()]
    if missing:
        raise OpticalError(
            f"{folder}: is not a Pyserini Faiss index (no file {' and no file '.join(missing)}); "
            "build one with python -m pyserini.encode ... output --to-faiss"
        )
    header = read_header(folder / INDEX)
    if header.vectors == 0:
        raise OpticalError(f"{folder}: contains no vectors, so its encoding failed; encode the collection again")
    documents = _check_docids(folder / DOCIDS, (folder / DOCIDS).stat().st_mtime_ns)
    if documents != header.vectors:
        raise OpticalError(
            f"{folder}: {header.vectors} vectors, but {documents} documents in {DOCIDS}; encode the collection again"
        )
    if header.dimension != checkpoint.dimension:
        raise OpticalError(
            f"{folder}: holds vectors of {header.dimension} dimensions, but {name} makes vectors of "
            f"{checkpoint.dimension}; search an index built with its teacher, {checkpoint.teacher.name}"
        )
    _check_origin(folder, checkpoint, name)
    return header


@lru_cache(maxsize=8)  # a command is checked before Java starts, its searcher when it is made
def _check_docids(path: Path, _changed_at: int) -> int:
    """Count the identifiers; like Pyserini, one per line, without trailing space."""
    with open_text(path) as file:
        content = file.read()
    content = content.removesuffix("\n")
    fault = _UNWRITABLE.search(content)
    if fault is not None:
        line = content.count("\n", 0, fault.start()) + 1
        raise OpticalError(
            f"{path}:{line}: identifier {content.split(chr(10))[line - 1]!r} is empty or contains white space, so no "
            "TREC run can name it; change it in this line and in the qrels (such as _ for the space), and search again"
        )
    return content.count("\n") + 1


@dataclass(frozen=True)
class Origin:
    """The model that made an index: a readable name, and the checksums of its weights, which are what counts."""

    teacher: str
    sha256: dict[str, str]

    def agrees_with(self, other: "Origin") -> bool:
        """Whether both are the same model: by the checksums that both have, else by name."""
        known = self.sha256.keys() & other.sha256.keys()
        if known:
            return all(self.sha256[file] == other.sha256[file] for file in known)
        return self.teacher == other.teacher


def origin_of(checkpoint: Checkpoint) -> Origin:
    """Give the model that has to make the index of a student."""
    if checkpoint.document_teacher:
        return Origin(checkpoint.document_teacher, {})
    return Origin(checkpoint.teacher.name, dict(checkpoint.teacher.sha256))


def write_origin(folder: str | Path, checkpoint: Checkpoint) -> None:
    """Record beside an index that a student's teacher made it."""
    write_json(Path(folder) / ORIGIN, {"format": FORMAT, **asdict(origin_of(checkpoint))}, overwrite=True)


def read_origin(folder: str | Path) -> Origin | None:
    """Read which model made an index.

    Returns
    -------
    Origin or None
        None if it is not recorded.

    Raises
    ------
    OpticalError
        The file is damaged.
    """
    path = Path(folder) / ORIGIN
    if not path.is_file():
        return None
    found = read_object(path, "encode the collection again")
    try:
        return Origin(str(found["teacher"]), dict(found["sha256"]))
    except (ValueError, KeyError, TypeError) as error:
        raise OpticalError(
            f"{path}: does not say which teacher built the index ({error!r}); encode the collection again"
        ) from error


def _check_origin(folder: Path, checkpoint: Checkpoint, name: str) -> None:
    made_by, wanted = read_origin(folder), origin_of(checkpoint)
    if made_by is not None and not made_by.agrees_with(wanted):
        others = ", of which it has other weights" if made_by.teacher == wanted.teacher else ""
        raise OpticalError(
            f"{folder}: was built with {made_by.teacher}, but {name} is a student of {wanted.teacher}{others}; "
            "search with a student of the index's teacher, or encode the collection again"
        )
