"""Search a Faiss index, and fill the gaps in Pyserini's own searcher."""

import inspect
import logging
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.dense_index import DOCIDS, INDEX, check_dense_index, is_similarity
from pyserini_optical.encoder.query import OpticalQueryEncoder
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.prebuilt import FAISS, check_prebuilt, find_folder, names_prebuilt
from pyserini_optical.runs import ScoredDocument

logger = logging.getLogger(__name__)

SAMPLE = 32
UNIT = 0.5, 1.5
"""Between these, a length may be 1: that of a compressed vector is nearly so."""


class DenseSearcher:
    """Search a Faiss index as Pyserini's `FaissSearcher` does, without importing all of Pyserini's encoders.

    Parameters
    ----------
    index_dir : str
        What `pyserini.encode --to-faiss` wrote.
    """

    def __init__(self, index_dir: str, query_encoder: Any) -> None:
        import faiss

        self.query_encoder = query_encoder
        self.index = faiss.read_index(str(Path(index_dir) / INDEX))
        with open(Path(index_dir) / DOCIDS, encoding="utf-8") as file:
            self.docids = [line.rstrip() for line in file]
        self.num_docs, self.dimension = self.index.ntotal, self.index.d

    def search(self, query: str, k: int = 10, threads: int = 1) -> list[ScoredDocument]:
        """Search with one query."""
        return self.batch_search([query], [query], k, threads)[query]

    def batch_search(
        self, queries: Sequence[str] | np.ndarray, q_ids: Sequence[str], k: int = 10, threads: int = 1
    ) -> dict[str, list[ScoredDocument]]:
        """Search with many queries, or their vectors."""
        import faiss

        if not len(q_ids):
            return {}
        faiss.omp_set_num_threads(threads)
        distances, rows = self.index.search(encode_queries(self.query_encoder, queries), min(k, self.num_docs))
        scores = distances if is_similarity(self.index.metric_type) else -distances
        found = {
            query: [ScoredDocument(self.docids[row], score) for row, score in zip(*pair, strict=True) if row >= 0]
            for query, *pair in zip(q_ids, rows.tolist(), scores.tolist(), strict=True)
        }
        warn_of_few_hits(self, min(map(len, found.values())), min(k, self.num_docs))
        return found


def encode_queries(encoder: Any, queries: Sequence[str] | np.ndarray) -> np.ndarray:
    """Vectors of queries, shape (queries, dimension), float32; vectors are passed through."""
    if isinstance(queries, np.ndarray):
        vectors = queries
    elif hasattr(encoder, "encode_batch"):
        vectors = np.asarray(encoder.encode_batch(list(queries)))
    else:
        vectors = np.stack([np.ravel(encoder.encode(query)) for query in queries])
    return vectors.astype(np.float32)


def open_dense(
    index_dir: str, encoder: OpticalQueryEncoder, ef_search: int | None = None, nprobe: int | None = None
) -> DenseSearcher:
    """Open an index that a student's teacher made.

    Parameters
    ----------
    index_dir : str
        Folder written by `pyserini.encode --to-faiss`, or the name of one of Pyserini's prebuilt indexes.
    ef_search : int, optional
        Size of the candidate list of an HNSW index; by default the one it was saved with, or the number of hits.
    nprobe : int, optional
        Number of lists to visit in an index with inverted lists; by default 1, as in Faiss.

    Raises
    ------
    OpticalError
        See :func:`pyserini_optical.encoder.dense_index.check_dense_index`; or the index is of another kind than the
        parameters are for.
    """
    if names_prebuilt(index_dir):
        check_prebuilt(index_dir, encoder.checkpoint, encoder.name)
    index_dir = find_folder(index_dir, FAISS)
    check_dense_index(index_dir, encoder.checkpoint, encoder.name)
    searcher = DenseSearcher(index_dir, encoder)
    warn_of_lengths(searcher.index, encoder.checkpoint, index_dir)
    _set_parameter(searcher.index, "efSearch", ef_search, "--ef-search", "HNSW indexes")
    _set_parameter(searcher.index, "nprobe", nprobe, "--nprobe", "indexes with inverted lists (IVF)")
    return searcher


def _set_parameter(index: Any, name: str, value: int | None, option: str, kind: str) -> None:
    if value is None:
        return
    import faiss

    try:
        faiss.ParameterSpace().set_index_parameter(index, name, value)
    except RuntimeError as error:
        raise OpticalError(f"{option} {value}: is for {kind}, but this index is {type(index).__name__}") from error


def warn_of_lengths(index: Any, checkpoint: Checkpoint, index_dir: str) -> None:
    """Warn if vectors are not of length 1 but the teacher's are: by inner product, long ones rank first.

    Parameters
    ----------
    index : faiss.Index
        An index that cannot return its vectors is not checked.
    """
    if not checkpoint.normalize:
        return
    places = np.linspace(0, index.ntotal - 1, SAMPLE).astype(int).tolist()
    try:
        length = float(np.median([np.linalg.norm(index.reconstruct(place)) for place in places]))
    except RuntimeError:
        return
    if not UNIT[0] < length < UNIT[1]:
        logger.warning(
            "%s: its vectors have lengths around %.3g, those of %s have 1: it was made without normalisation, and is "
            "searched wrongly; encode the collection again (--l2-norm)",
            *(index_dir, length, checkpoint.teacher.name),
        )


def watch_searcher(searcher: type) -> None:
    """Make Pyserini's searcher score by similarity and warn of missing hits, when it searches for a student.

    It passes on Faiss's numbers. The smallest distance is the best, but every reader of a run, such as trec_eval or
    fusion, takes the largest score for the best.

    Parameters
    ----------
    searcher : type
        `pyserini.search.faiss.FaissSearcher`.
    """
    if not hasattr(searcher, "_optical_scores"):
        searcher._optical_scores = True  # type: ignore[attr-defined]
        for name in ("search", "batch_search"):
            setattr(searcher, name, _watch(getattr(searcher, name)))


def _watch(original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @wraps(original)
    def search(self: Any, *arguments: Any, **settings: Any) -> Any:
        if not isinstance(self.query_encoder, OpticalQueryEncoder):
            return original(self, *arguments, **settings)
        given = signature.bind(self, *arguments, **settings)
        given.apply_defaults()
        # Faiss allocates memory for as many hits as are requested.
        wanted = given.arguments["k"] = min(given.arguments["k"], self.num_docs)
        found = original(*given.args, **given.kwargs)
        hits = found[1] if isinstance(found, tuple) else found
        rankings = list(hits.values()) if isinstance(hits, dict) else [hits]
        if not is_similarity(self.index.metric_type):
            _turn_scores(rankings)
        warn_of_few_hits(self, min(map(len, rankings), default=wanted), wanted)
        return found

    return search


def _turn_scores(rankings: Sequence[Sequence[Any]]) -> None:
    for ranking in rankings:
        for hit in ranking:
            hit.score = -hit.score


def warn_of_few_hits(searcher: Any, found: int, wanted: int) -> None:
    """Warn once if an index returns fewer passages than requested although it has enough, as approximate ones may."""
    if found < wanted and not hasattr(searcher, "_optical_warned"):
        searcher._optical_warned = True
        logger.warning(
            "the index returned %d of %d passages: it examines only a part of its %d; raise --ef-search "
            "(HNSW) or --nprobe (inverted lists)",
            *(found, wanted, searcher.num_docs),
        )
