"""Register students with Pyserini's own commands and classes."""

import sys
from types import ModuleType
from typing import Any

from pyserini_optical.encoder.student import find_student, names_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.command_line import Command, running_command
from pyserini_optical.plugin.java import prepare_java
from pyserini_optical.plugin.search_guards import guard_searcher
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


def register_collections(_ir_datasets: ModuleType) -> None:
    """Register `lowres-clir` with `ir_datasets`.

    Parameters
    ----------
    _ir_datasets : module
        `ir_datasets`, which has just been imported.
    """
    from pyserini_optical.collections.registration import register_lowres_clir

    register_lowres_clir()
