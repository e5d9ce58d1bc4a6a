"""Pyserini's own searchers, made to accept students and to refuse what would be searched wrongly."""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from pyserini_optical.encoder.dense_index import check_dense_index
from pyserini_optical.encoder.student import find_student, names_student
from pyserini_optical.plugin.command_line import running_command
from pyserini_optical.plugin.prebuilt import FAISS, LUCENE, check_prebuilt, explain_presence


def guard_searcher(module: ModuleType) -> None:
    """Make `FaissSearcher` accept a student's name, refuse indexes of another teacher, and score correctly.

    Parameters
    ----------
    module : module
        `pyserini.search.faiss._searcher`.
    """
    from pyserini_optical.plugin.dense_search import watch_searcher

    searcher = module.FaissSearcher
    if not hasattr(searcher, "_optical"):
        searcher._optical = True
        searcher._init_encoder_from_str = staticmethod(_take_names(searcher._init_encoder_from_str))
        searcher.__init__ = _check_index(searcher.__init__)
        watch_searcher(searcher)
        searcher.from_prebuilt_index = classmethod(_check_presence(searcher.from_prebuilt_index.__func__))


def _take_names(original: Callable[[str], Any]) -> Callable[[str], Any]:
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    @wraps(original)
    def init_encoder_from_str(encoder: str) -> Any:
        return OpticalQueryEncoder(encoder) if names_student(encoder) else original(encoder)

    return init_encoder_from_str


def _check_index(original: Callable[..., None]) -> Callable[..., None]:
    from pyserini_optical.encoder.query import OpticalQueryEncoder
    from pyserini_optical.plugin.dense_search import warn_of_lengths

    @wraps(original)
    def init(self: Any, index_dir: str, query_encoder: Any, *rest: Any, **settings: Any) -> None:
        student: Any = None
        if isinstance(query_encoder, OpticalQueryEncoder):
            student = query_encoder
        elif isinstance(query_encoder, str) and names_student(query_encoder):
            student = find_student(query_encoder)
        if student is not None:
            check_dense_index(index_dir, student.checkpoint, student.name)
        original(self, index_dir, query_encoder, *rest, **settings)
        if student is not None:
            warn_of_lengths(self.index, student.checkpoint, index_dir)

    return init


def _check_presence(original: Callable[..., Any]) -> Callable[..., Any]:
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    @wraps(original)
    def from_prebuilt_index(
        cls: type, prebuilt_index_name: str, query_encoder: Any, *rest: Any, **settings: Any
    ) -> Any:
        student = query_encoder if isinstance(query_encoder, OpticalQueryEncoder) else None
        if student is None and isinstance(query_encoder, str) and names_student(query_encoder):
            student = OpticalQueryEncoder(query_encoder)
        if student is None:
            return original(cls, prebuilt_index_name, query_encoder, *rest, **settings)
        check_prebuilt(prebuilt_index_name, student.checkpoint, student.name)
        return explain_presence(
            lambda: original(cls, prebuilt_index_name, student, *rest, **settings),
            lambda folder: cls(folder, student, None, *rest, **settings),
            prebuilt_index_name,
            FAISS,
        )

    return from_prebuilt_index


def guard_lucene_searcher(module: ModuleType) -> None:
    """Explain in one line why a prebuilt Lucene index cannot be opened, for commands with a student.

    Parameters
    ----------
    module : module
        `pyserini.search.lucene._searcher`.
    """
    original = module.LuceneSearcher.from_prebuilt_index.__func__

    @wraps(original)
    def from_prebuilt_index(cls: type, prebuilt_index_name: str, *rest: Any, **settings: Any) -> Any:
        def open_index() -> Any:
            return original(cls, prebuilt_index_name, *rest, **settings)

        command = running_command()
        # The texts of a dense index are opened along with it, if possible.
        asked = command is not None and command.student is not None and prebuilt_index_name in command.arguments
        return explain_presence(open_index, cls, prebuilt_index_name, LUCENE) if asked else open_index()

    module.LuceneSearcher.from_prebuilt_index = classmethod(from_prebuilt_index)


def guard_hybrid(module: ModuleType) -> None:
    """Make `--normalization` of `pyserini.search.hybrid` accept lists of equal scores, such as a single hit.

    It divides by the difference between the best and the worst score. In such a list all documents get the middle of
    the scale, 0; missing documents get the worst score of the list, as usual.

    Parameters
    ----------
    module : module
        `pyserini.search.hybrid._searcher`.
    """
    searcher = module.HybridSearcher
    original = searcher._hybrid_results

    @wraps(original)
    def hybrid_results(
        dense: list[Any], sparse: list[Any], alpha: float, k: int, normalization: bool = False, *rest: Any
    ) -> Any:
        level = any(
            hits and min(hit.score for hit in hits) == max(hit.score for hit in hits) for hits in (dense, sparse)
        )
        if normalization and level:
            dense, sparse, normalization = _normalise(module, dense), _normalise(module, sparse), False
        return original(dense, sparse, alpha, k, normalization, *rest)

    searcher._hybrid_results = staticmethod(hybrid_results)


def _normalise(module: ModuleType, hits: list[Any]) -> list[Any]:
    if not hits:
        return []
    low, high = min(hit.score for hit in hits), max(hit.score for hit in hits)
    return [module.DenseSearchResult(hit.docid, (hit.score - (low + high) / 2) / ((high - low) or 1.0)) for hit in hits]
