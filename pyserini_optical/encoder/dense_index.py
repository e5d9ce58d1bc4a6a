"""A Faiss index as Pyserini lays it out (`index`, `docid`): what can be known of it without loading it.

An index is as large as its collection, and what is wrong with it should be said before a minute is spent on it. Beside
the two files, indexes that are made with a student have `optical-index.json`, which says by which teacher: many models
make vectors of 384 dimensions, and no vector says whose it is.
"""

import json
import re
import struct
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, write_json

INDEX, DOCIDS, ORIGIN = "index", "docid", "optical-index.json"
FORMAT = "pyserini-optical-index/1"
INNER_PRODUCT, JACCARD = 0, 23
"""Faiss's numbers of the metrics of which more is better; of all others less is."""

_HEADER = struct.Struct("<4siqqq?i")  # kind, dimension, number of vectors, two fillers, whether trained, metric
_UNWRITABLE = re.compile(r"(?m)^\s*$|^[^\S\n]+\S|\S[^\S\n]+\S")


@dataclass(frozen=True)
class Header:
    """What a Faiss index says of itself in its first bytes.

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
    """Whether more is better, as for inner products; of distances less is."""
    return metric in (INNER_PRODUCT, JACCARD)


def read_header(path: str | Path) -> Header:
    """Read the first bytes of a Faiss index, which all of its kinds begin with but those of bits.

    Raises
    ------
    OpticalError
        There is no such file, or it is no index of floating point vectors.
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
    """Refuse an index that a student's queries cannot be answered from.

    Parameters
    ----------
    folder : str or Path
        What `pyserini.encode --to-faiss` wrote.
    checkpoint : Checkpoint
        The student's.
    name : str
        The student's, for the message.

    Raises
    ------
    OpticalError
        A file is missing; the index is empty, or has other vectors than documents; a document's identifier cannot
        stand in a TREC run; the vectors are of another dimension than the student's, or of another teacher.
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
    """Count the identifiers; Pyserini takes a line for one, without the space at its end."""
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
    """Who made an index: a name for people, and the checksums of its weights, which decide."""

    teacher: str
    sha256: dict[str, str]

    def agrees_with(self, other: "Origin") -> bool:
        """Whether both are one: by the checksums that both know, else by name."""
        known = self.sha256.keys() & other.sha256.keys()
        if known:
            return all(self.sha256[file] == other.sha256[file] for file in known)
        return self.teacher == other.teacher


def origin_of(checkpoint: Checkpoint) -> Origin:
    """Say by whom the index of a student has to be made."""
    if checkpoint.document_teacher:
        return Origin(checkpoint.document_teacher, {})
    return Origin(checkpoint.teacher.name, dict(checkpoint.teacher.sha256))


def write_origin(folder: str | Path, checkpoint: Checkpoint) -> None:
    """Say beside an index that a student's teacher made it."""
    write_json(Path(folder) / ORIGIN, {"format": FORMAT, **asdict(origin_of(checkpoint))}, overwrite=True)


def read_origin(folder: str | Path) -> Origin | None:
    """Read who made an index.

    Returns
    -------
    Origin or None
        None where nobody said it.

    Raises
    ------
    OpticalError
        The file is damaged.
    """
    path = Path(folder) / ORIGIN
    if not path.is_file():
        return None
    with open_text(path) as file:
        try:
            found = json.load(file)
            return Origin(str(found["teacher"]), dict(found["sha256"]))
        except (ValueError, KeyError, TypeError) as error:
            raise OpticalError(
                f"{path}: does not say which teacher built the index ({error!r}); encode it again"
            ) from error


def _check_origin(folder: Path, checkpoint: Checkpoint, name: str) -> None:
    made_by, wanted = read_origin(folder), origin_of(checkpoint)
    if made_by is not None and not made_by.agrees_with(wanted):
        others = ", of which it has other weights" if made_by.teacher == wanted.teacher else ""
        raise OpticalError(
            f"{folder}: was built with {made_by.teacher}, but {name} is a student of {wanted.teacher}{others}; "
            "search with a student of the index's teacher, or encode the collection again"
        )
