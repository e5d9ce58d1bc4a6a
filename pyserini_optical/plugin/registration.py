"""Register students with Pyserini's own commands and classes."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from pyserini_optical.encoder.dense_index import ORIGIN, check_dense_index, write_origin
from pyserini_optical.encoder.student import find_student, names_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.files.identifiers import check_identifier
from pyserini_optical.plugin.command_line import Command, read_local_topics, running_command
from pyserini_optical.plugin.java import prepare_java
from pyserini_optical.plugin.prebuilt import FAISS, LUCENE, check_prebuilt, explain_presence
from pyserini_optical.shipped import SHIPPED_STUDENT

_paths: list[str] = []


def register(*students: str) -> None:
    """Do the work of :func:`pyserini_optical.register`, except for the start-up hook."""
    for student in students:
        find_student(student)
        if student not in _paths:
            _paths.append(student)
    if "pyserini.pyclass" not in sys.modules:
        prepare_java()
    if "pyserini.encode" in sys.modules:
        register_encoders(sys.modules["pyserini.encode"], running_command())
    if "pyserini.search.faiss._searcher" in sys.modules:
        guard_searcher(sys.modules["pyserini.search.faiss._searcher"])


def register_encoders(encode: ModuleType, command: Command | None) -> None:
    """Put students first in the class maps of `pyserini.encode`.

    Pyserini takes the first key that is a substring of the lower-cased `--encoder`: each student's path is a separate
    key, before `optical` and all others, so that a folder with `lance` in its name is not taken for ANCE.

    Parameters
    ----------
    encode : module
        `pyserini.encode`.
    command : Command or None
        What this process runs.
    """
    from pyserini_optical.encoder.document import OpticalDocumentEncoder
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    query_map, document_map = encode.query_encoder_class_map, encode.document_encoder_class_map
    _put_first(query_map, _Choice(OpticalQueryEncoder, "encoder_dir", query_map), command)
    _put_first(document_map, _Choice(OpticalDocumentEncoder, "model_name", document_map), command)
    if command is not None and command.student is not None and command.module == "pyserini.encode.query":
        # It has no map but tries class names one after another: whichever it tries first is replaced by the student's.
        for name in [each for each in vars(encode) if each.endswith("QueryEncoder")]:
            setattr(encode, name, _encode_queries)


def _encode_queries(encoder: str = "", encoder_dir: str = "", device: str = "cpu", **_settings: Any) -> Any:
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    return OpticalQueryEncoder(encoder or encoder_dir, device=device)


class _Choice:
    """The map entry for our keys: the student's class, or the stock one if the key matched by accident."""

    def __init__(self, ours: type, argument: str, classes: dict[str, Any]) -> None:
        self.ours = ours
        self.argument = argument
        self.classes = classes

    def __call__(self, **settings: Any) -> Any:
        name = str(settings[self.argument])
        if names_student(name):
            return self.ours(**settings)
        for key, stock in self.classes.items():
            if not isinstance(stock, _Choice) and key in name.lower():
                return stock(**settings)
        raise OpticalError(
            f"{name}: is not a student (no optical.json); for an ordinary model pass --encoder-class auto"
        )


def _put_first(classes: dict[str, Any], choice: _Choice, command: Command | None) -> None:
    student = command.student if command else None
    keys = [path.lower() for path in ([student] if student else []) + _paths]
    # `/data/optical/bert` only looks like one of ours.
    stock = command is not None and any(SHIPPED_STUDENT in name.lower() for name in command.values("--encoder"))
    if student is not None or not stock:
        keys.append(SHIPPED_STUDENT)
    others = {key: value for key, value in classes.items() if not isinstance(value, _Choice)}
    classes.clear()
    classes.update(dict.fromkeys(keys, choice) | others)


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


def guard_writer(module: ModuleType) -> None:
    """Make `pyserini.encode` record the teacher of its Faiss indexes, and leave no index after a failure.

    Parameters
    ----------
    module : module
        `pyserini.encode.optional._faiss`.
    """
    writer = module.FaissRepresentationWriter
    write, finish = writer.write, writer.__exit__

    @wraps(write)
    def write_(self: Any, batch: dict[str, Any], *rest: Any) -> None:
        command = running_command()
        if command is not None and command.student is not None:
            for identifier in batch["id"]:
                check_identifier(identifier, " ".join(command.values("--corpus")))
        write(self, batch, *rest)

    @wraps(finish)
    def exit_(self: Any, kind: type | None, *rest: Any) -> None:
        command, folder = running_command(), Path(self.dir_path)
        name = command.student if command else None
        if name is not None and kind is not None:  # Pyserini writes what there is, and it would pass for an index
            self.id_file.close()
            (folder / self.id_file_name).unlink()
            return
        finish(self, kind, *rest)
        (folder / ORIGIN).unlink(missing_ok=True)
        if name is not None:
            write_origin(folder, find_student(name).checkpoint)

    writer.write, writer.__exit__ = write_, exit_


def hand_topics_on(module: ModuleType) -> None:
    """Give Pyserini the topics that were read before Java started, with unchanged identifiers.

    Its own readers turn `001` into `1`, keep only the later of two such queries, keep a byte-order mark in the first
    identifier, and recognise gzip only by file name.

    Parameters
    ----------
    module : module
        `pyserini.query_iterator`.
    """
    iterator = module.DefaultQueryIterator
    original = iterator.from_topics.__func__

    @wraps(original)
    def from_topics(cls: Any, topics_path: str) -> Any:
        command = running_command()
        topics = read_local_topics(command).get(topics_path) if command is not None else None
        if topics is None:
            return original(cls, topics_path)
        numbers = all(identifier.isascii() and identifier.isdigit() for identifier in topics)
        order = sorted(topics, key=int if numbers else str)  # as Pyserini's own
        return cls({identifier: {"title": query} for identifier, query in topics.items()}, order)

    iterator.from_topics = classmethod(from_topics)


def register_collections(_ir_datasets: ModuleType) -> None:
    """Register `lowres-clir` with `ir_datasets`.

    Parameters
    ----------
    _ir_datasets : module
        `ir_datasets`, which has just been imported.
    """
    from pyserini_optical.collections.registration import register_lowres_clir

    register_lowres_clir()
