"""Students with Lucene's HNSW and flat vector indexes: queries are encoded here and passed as vectors.

Lucene's searchers have their own encoders, in Java. Without one they expect the query to be a vector, written as a
list.
"""

import json
from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any

from pyserini_optical.encoder.student import names_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.command_line import Command, running_command

SEARCHERS = ("LuceneHnswDenseSearcher", "LuceneFlatDenseSearcher")


def take_students(module: ModuleType) -> None:
    """Let Lucene's vector searchers accept a student as an encoder.

    Parameters
    ----------
    module : module
        `pyserini.search.lucene._hnsw_searcher`.
    """
    for name in SEARCHERS:
        searcher = getattr(module, name)
        searcher.__init__ = _open(searcher.__init__)
        searcher.search = _search_one(searcher.search)
        searcher.batch_search = _search_many(searcher.batch_search)


def _open(original: Callable[..., None]) -> Callable[..., None]:
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    @wraps(original)
    def init(self: Any, index_dir: str, *rest: Any, encoder: Any = None, **settings: Any) -> None:
        name = encoder or _named_in(running_command())
        self.student = name if isinstance(name, OpticalQueryEncoder) else None
        if isinstance(name, str) and names_student(name):
            self.student = OpticalQueryEncoder(name)
        try:
            original(self, index_dir, *rest, encoder=None if self.student else encoder, **settings)
        except Exception as error:  # whatever Java threw
            if self.student is None or "prebuilt index metadata" not in str(error):
                raise
            raise OpticalError(
                f"{index_dir}: this Pyserini looks up every vector index in a list on api.github.com first, but "
                "cannot reach it; use a network, or search a Faiss index"
            ) from error

    return init


def _named_in(command: Command | None) -> str | None:
    return command.student if command is not None and command.module == "pyserini.search.lucene" else None


def _search_one(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def search(self: Any, q: str, *rest: Any, **settings: Any) -> Any:
        return _ask(self, lambda: original(self, _as_vectors(self, [q])[0], *rest, **settings))

    return search


def _search_many(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def batch_search(self: Any, queries: Sequence[str], *rest: Any, **settings: Any) -> Any:
        return _ask(self, lambda: original(self, _as_vectors(self, queries), *rest, **settings))

    return batch_search


def _as_vectors(searcher: Any, queries: Sequence[str]) -> list[str]:
    if searcher.student is None:
        return list(queries)
    return [json.dumps(vector.tolist()) for vector in searcher.student.encode_batch(queries)]


def _ask(searcher: Any, search: Callable[[], Any]) -> Any:
    try:
        return search()
    except Exception as error:  # whatever Java threw
        if searcher.student is None or "dimension" not in str(error):
            raise
        raise OpticalError(
            f"{searcher.index_dir}: does not hold vectors of {searcher.student.dimension} dimensions, those of "
            f"{searcher.student.name}; search an index built with {searcher.student.checkpoint.teacher.name}"
        ) from error
