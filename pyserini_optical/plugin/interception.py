"""What happens when a watched module is imported: something before it, something after it, or another in its place."""

import importlib.util
import logging
import threading
from collections.abc import Callable
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import command_line, java, offline, openai_key, registration

logger = logging.getLogger(__name__)
_searching = threading.local()


def _prepare_java() -> None:
    if command_line.named_student() is None:
        java.suggest_java()
    else:
        java.prepare_java()


BEFORE: dict[str, Callable[[], Any]] = {
    "pyserini": command_line.check_command,
    "pyserini.encode._openai": openai_key.lend_key,
    "pyserini.prebuilt_index_info": offline.allow_offline_import,
    "pyserini.pyclass": _prepare_java,
}
AFTER: dict[str, Callable[[ModuleType], Any]] = {
    "ir_datasets": registration.register_collections,
    "pyserini.encode": registration.register_encoders,
    "pyserini.encode._openai": openai_key.take_key_back,
    "pyserini.prebuilt_index_info": offline.restore_network,
    "pyserini.search.faiss._searcher": registration.guard_searcher,
}


def intercept(name: str) -> ModuleSpec | None:
    """Find a watched module as the other finders do, and hang its actions on its loader.

    Parameters
    ----------
    name : str
        Full name of the module.

    Returns
    -------
    ModuleSpec or None
        None when the module does not exist, or is being looked for by this very function.
    """
    if getattr(_searching, "name", None) == name:
        return None
    _searching.name = name
    try:
        if name == "pyserini.search.__main__" and command_line.wants_dense_search():
            return _in_place_of(name, "pyserini.search.faiss.__main__")
        spec = importlib.util.find_spec(name)
    finally:
        _searching.name = None
    if spec is not None and spec.loader is not None and (name in BEFORE or name in AFTER):
        _hang(spec.loader, BEFORE.get(name), AFTER.get(name))
    return spec


def _in_place_of(name: str, other: str) -> ModuleSpec:
    """Give the spec of `other` whose loader answers to `name`, by which `python -m` asks it for its code."""
    spec = importlib.util.find_spec(other)
    if spec is None or spec.origin is None:
        raise OpticalError(f"this Pyserini has no {other}; install pyserini 1.6.0 or newer")
    return ModuleSpec(other, SourceFileLoader(name, spec.origin), origin=spec.origin)


def _hang(loader: Any, before: Callable[[], Any] | None, after: Callable[[ModuleType], Any] | None) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        if before is not None:
            _act(before)
        execute(module)
        if after is not None:
            _act(after, module)

    loader.exec_module = exec_module


def _act(action: Callable[..., Any], *arguments: Any) -> None:
    """Run an action; one that does not fit this Pyserini must not keep anybody from using Pyserini."""
    try:
        action(*arguments)
    except OpticalError:
        raise
    except Exception as error:
        logger.warning("pyserini-optical is not registered: %s failed (%r)", action.__name__, error)
