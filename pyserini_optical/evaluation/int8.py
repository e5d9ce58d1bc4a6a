"""The cost of int8: cosines to float32 and MRR@10 on the shipped topics."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pyserini_optical.encoder.dense_index import DOCIDS, INDEX
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

DEPTH = 10


class QueryEncoder(Protocol):
    """What :class:`~pyserini_optical.encoder.OpticalQueryEncoder` does with many queries."""

    def encode_batch(self, queries: list[str]) -> np.ndarray:
        """Vectors (n, d) of n queries."""
        ...


def compare_graphs(
    exact: QueryEncoder, rounded: QueryEncoder, languages: Sequence[str], dense_index: str
) -> Iterator[str]:
    """Compare two encoders on the topics of `lowres-clir`.

    Parameters
    ----------
    exact, rounded : QueryEncoder
        The encoder in float32 and in int8.
    languages : sequence of str
        ISO 639-3 codes; topics in other languages are left out.
    dense_index : str
        Faiss index of the collection's passages, made by Pyserini with the teacher.

    Yields
    ------
    str
        One line per topic set: median and 1st percentile of the cosines, and MRR@10 of both.

    Raises
    ------
    OpticalError
        There is no such index, or it has another dimension.
    """
    search = _open_index(dense_index)
    root = shipped("eval/lowres-clir")
    for path in sorted((root / "topics").glob("*.tsv")):
        collection, language = path.name.split(".")[:2]
        if language not in languages or language == ENGLISH:
            continue
        topics = read_topics(path)
        vectors = [encoder.encode_batch(list(topics.values())) for encoder in (exact, rounded)]
        cosines = (vectors[0] * vectors[1]).sum(1) / np.prod([np.linalg.norm(v, axis=1) for v in vectors], axis=0)
        qrels = read_qrels(root / "qrels" / f"{collection}.txt")
        before, after = (_measure_mrr(search(v), list(topics), qrels) for v in vectors)
        yield (
            f"{collection} {language}: cosine of int8 to float32 {np.median(cosines):.4f} "
            f"(1 in 100 below {np.quantile(cosines, 0.01):.4f}), "
            + (f"MRR@10 {before:.4f} -> {after:.4f} ({after / before - 1:+.1%})" if before else "MRR@10 0")
        )


def _open_index(folder: str) -> Callable[[np.ndarray], list[list[str]]]:
    import faiss

    if not (Path(folder) / INDEX).is_file() or not (Path(folder) / DOCIDS).is_file():
        raise OpticalError(f"{folder}: is not a Pyserini Faiss index (files `{INDEX}` and `{DOCIDS}`)")
    index = faiss.read_index(str(Path(folder) / INDEX))
    docids = (Path(folder) / DOCIDS).read_text(encoding="utf-8").splitlines()

    def search(vectors: np.ndarray) -> list[list[str]]:
        if vectors.shape[1] != index.d:
            raise OpticalError(
                f"{folder}: holds vectors of {index.d} dimensions, but the student makes {vectors.shape[1]}"
            )
        return [[docids[row] for row in rows if row >= 0] for rows in index.search(vectors, DEPTH)[1]]

    return search


def _measure_mrr(found: list[list[str]], qids: list[str], qrels: dict[str, dict[str, int]]) -> float:
    ranks = []
    for qid, documents in zip(qids, found, strict=True):
        relevant = (rank for rank, document in enumerate(documents, 1) if qrels.get(qid, {}).get(document, 0) > 0)
        ranks.append(1 / next(relevant, np.inf))
    return float(np.mean(ranks))
