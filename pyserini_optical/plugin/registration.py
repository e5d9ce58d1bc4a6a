"""Make Pyserini's own commands and classes know students."""

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any
from urllib.error import URLError

from pyserini_optical.encoder.student import SHIPPED_STUDENT, find_student, names_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.command_line import Command, running_command
from pyserini_optical.plugin.java import prepare_java

_paths: list[str] = []


def register(*students: str) -> None:
    """Do what :func:`pyserini_optical.register` says, but for the start-up hook."""
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
    """Put students first into the class maps of `pyserini.encode`.

    Pyserini takes the first key that is a substring of the lower-cased `--encoder`: a student's path is a key of its
    own, before `optical` and before all others, so that a folder with `lance` in its name does not become ANCE.

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


class _Choice:
    """What a map holds for a key of ours: the student's class, or the stock one where the key matched by accident."""

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
        raise OpticalError(f"{name}: is no student (no optical.json); pass --encoder-class auto if that is what it is")


def _put_first(classes: dict[str, Any], choice: _Choice, command: Command | None) -> None:
    student = command.student if command else None
    keys = [path.lower() for path in ([student] if student else []) + _paths]
    # `/data/optical/bert` only looks like ours.
    stock = command is not None and any(SHIPPED_STUDENT in name.lower() for name in command.values("--encoder"))
    if student is not None or not stock:
        keys.append(SHIPPED_STUDENT)
    others = {key: value for key, value in classes.items() if not isinstance(value, _Choice)}
    classes.clear()
    classes.update(dict.fromkeys(keys, choice) | others)


def guard_searcher(module: ModuleType) -> None:
    """Let `FaissSearcher` take a student's name, and refuse an index that the student's teacher did not fill.

    Parameters
    ----------
    module : module
        `pyserini.search.faiss._searcher`.
    """
    searcher = module.FaissSearcher
    if not hasattr(searcher, "_optical"):
        searcher._optical = True
        searcher._init_encoder_from_str = staticmethod(_take_names(searcher._init_encoder_from_str))
        searcher.__init__ = _check_dimension(searcher.__init__)
        searcher.from_prebuilt_index = classmethod(_check_presence(searcher.from_prebuilt_index.__func__))


def _take_names(original: Callable[[str], Any]) -> Callable[[str], Any]:
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    @wraps(original)
    def init_encoder_from_str(encoder: str) -> Any:
        return OpticalQueryEncoder(encoder) if names_student(encoder) else original(encoder)

    return init_encoder_from_str


def _check_dimension(original: Callable[..., None]) -> Callable[..., None]:
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    @wraps(original)
    def init(self: Any, index_dir: str, query_encoder: Any, *rest: Any, **settings: Any) -> None:
        original(self, index_dir, query_encoder, *rest, **settings)
        if isinstance(self.query_encoder, OpticalQueryEncoder):
            self.query_encoder.check_index(self.dimension, index_dir)

    return init


def _check_presence(original: Callable[..., Any]) -> Callable[..., Any]:
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    @wraps(original)
    def from_prebuilt_index(
        cls: type, prebuilt_index_name: str, query_encoder: Any, *rest: Any, **settings: Any
    ) -> Any:
        ours = isinstance(query_encoder, OpticalQueryEncoder)
        try:
            searcher = original(cls, prebuilt_index_name, query_encoder, *rest, **settings)
        except URLError as error:  # Pyserini 2.4.0 fetches its list of prebuilt indexes
            if not ours:
                raise
            raise OpticalError(
                f"{prebuilt_index_name}: no index folder, and whether it is a prebuilt index of Pyserini's cannot be "
                f"looked up ({error.reason}); give the folder that pyserini.encode --to-faiss wrote"
            ) from error
        if searcher is None and ours:
            raise OpticalError(
                f"{prebuilt_index_name}: neither an index folder nor one of Pyserini's prebuilt indexes; "
                "give the folder that pyserini.encode --to-faiss wrote"
            )
        return searcher

    return from_prebuilt_index


def register_collections(_ir_datasets: ModuleType) -> None:
    """Make `ir_datasets` know `lowres-clir`.

    Parameters
    ----------
    _ir_datasets : module
        `ir_datasets`, which has just been imported.
    """
    from pyserini_optical.collections.registration import register_lowres_clir

    register_lowres_clir()
