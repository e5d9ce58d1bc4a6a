"""Checks of a Faiss index: whether a student can search it, and whether its vectors match its passages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.doctor import Finding
from pyserini_optical.encoder.dense_index import DOCIDS, INDEX, check_dense_index, is_similarity, read_origin
from pyserini_optical.encoder.student import DOCUMENTS
from pyserini_optical.errors import OpticalError

SAMPLE = 32
ALIKE, NEAR = 0.98, 0.9
"""Median cosine of a sample from which the vectors are the passages', and from which they may be: a compressed index,
or passages that were cut or joined with their titles otherwise."""


def is_index(name: str) -> bool:
    """Whether a name given to the doctor is a Faiss index, complete or not."""
    return any((Path(name) / file).is_file() for file in (INDEX, DOCIDS))


def check_index(folder: str, encoder: str, corpus: str | None = None) -> Iterator[Finding]:
    """Check an index for a student.

    Parameters
    ----------
    folder : str
        Folder written by `pyserini.encode --to-faiss`.
    encoder : str
        The student, as for `--encoder`.
    corpus : str, optional
        JSON lines of the passages: a sample of vectors is compared with newly encoded ones.
    """
    from pyserini_optical.encoder.student import find_student

    try:
        student = find_student(encoder)
        header = check_dense_index(folder, student.checkpoint, student.name)
        origin = read_origin(folder)
    except OpticalError as error:
        yield Finding("index", "fault", str(error), "see docs/scale.md for how to build an index")
        return
    how = "similarity" if is_similarity(header.metric) else "distance, the nearest first"
    yield Finding(
        "index", "ok", f"{folder}: {header.vectors:,} vectors of {header.dimension} dimensions, compared by {how}"
    )
    if origin is not None:
        yield Finding("index's teacher", "ok", f"{origin.teacher}, the teacher of {encoder}")
    elif corpus is None:
        said = "not recorded beside the index; other teachers make vectors of this dimension, too"
        yield Finding("index's teacher", "note", said, "pass its passages with --corpus to compare a sample")
    if corpus is not None:
        yield _compare(folder, encoder, corpus)


def _compare(folder: str, encoder: str, corpus: str) -> Finding:
    try:
        cosines = measure_sample(folder, encoder, corpus)
    except OpticalError as error:
        return Finding("index's vectors", "fault", str(error), "pass the passages that were indexed")
    except RuntimeError as error:  # an index that cannot return its vectors
        return Finding("index's vectors", "note", f"cannot be read back ({str(error).splitlines()[-1]})", "check a run")
    median = float(np.median(list(cosines.values())))
    worst = min(cosines, key=lambda docid: cosines[docid])
    said = f"{len(cosines)} passages: median cosine {median:.3f} with the vectors that {encoder} makes of their text"
    said += f", lowest {cosines[worst]:.3f} ({worst})"
    if median >= ALIKE:
        return Finding("index's vectors", "ok", said)
    if median >= NEAR:
        return Finding(
            "index's vectors",
            "note",
            said,
            "is it compressed, or were titles or lengths handled differently? check a run",
        )
    remedy = "they were made with another model: search with a student of that model, or encode the collection again"
    if not encoder.endswith(DOCUMENTS):
        remedy += f"; for passages in another language, name their encoder: --encoder {encoder}{DOCUMENTS}"
    return Finding("index's vectors", "fault", said, remedy)


def measure_sample(folder: str, encoder: str, corpus: str, count: int = SAMPLE) -> dict[str, float]:
    """Compare a sample of an index's vectors with its passages, encoded again.

    Parameters
    ----------
    count : int
        Number of passages, evenly spread over the index.

    Returns
    -------
    dict of str to float
        Passage -> cosine of its two vectors.

    Raises
    ------
    OpticalError
        The corpus cannot be read, or contains none of them.
    """
    import faiss

    from pyserini_optical.encoder.document import OpticalDocumentEncoder
    from pyserini_optical.late_interaction.reranking import read_passages

    with open(Path(folder) / DOCIDS, encoding="utf-8") as file:
        docids = [line.rstrip() for line in file]
    places = {docids[place]: place for place in np.linspace(0, len(docids) - 1, count).astype(int).tolist()}
    texts = {docid: text for docid, text in read_passages(corpus) if docid in places}
    if not texts:
        raise OpticalError(
            f"{corpus}: contains none of {len(places)} passages of {folder}, such as {next(iter(places))}"
        )
    index: Any = faiss.read_index(str(Path(folder) / INDEX))
    stored = np.stack([index.reconstruct(places[docid]) for docid in texts])
    made = OpticalDocumentEncoder(encoder).encode(list(texts.values()))
    norms = np.linalg.norm(stored, axis=1) * np.linalg.norm(made, axis=1)
    cosines = (stored * made).sum(axis=1) / np.maximum(norms, np.finfo(np.float32).tiny)
    return dict(zip(texts, map(float, cosines), strict=True))
