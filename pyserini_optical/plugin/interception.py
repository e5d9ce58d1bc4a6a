"""Actions on the import of a watched module: before it, after it, or another module in its place."""

import importlib.util
import logging
import threading
from collections.abc import Callable
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import (
    compatibility,
    java,
    lucene_vectors,
    origins,
    prebuilt,
    registration,
    search_guards,
    servers,
)
from pyserini_optical.plugin.command_line import Command, check_command, hand_topics_on, running_command

logger = logging.getLogger(__name__)
_searching = threading.local()


def list_before(command: Command | None) -> dict[str, Callable[[], Any]]:
    """Actions before a module is executed, by module name; `command` is the command of this process."""
    named = command is not None and command.student is not None
    serves = command is not None and command.module.startswith("pyserini.server")
    find_java = java.prepare_java if named else java.suggest_java
    return {
        "pyserini": partial(check_command, command),
        "pyserini.encode._openai": compatibility.lend_openai_key,
        **({"pyserini.encode.optional._uniir": compatibility.lend_uniir} if serves else {}),
        "pyserini.prebuilt_index_info": compatibility.allow_offline_import,
        "pyserini.pyclass": find_java,
        "pyserini.eval.trec_eval": find_java,  # of its servers, the first to start Java
    }


def list_after(command: Command | None) -> dict[str, Callable[[ModuleType], Any]]:
    """Actions after a module was executed, by module name; `command` is the command of this process."""
    return {
        "ir_datasets": registration.register_collections,
        "pyserini.encode": partial(registration.register_encoders, command=command),
        "pyserini.encode._openai": compatibility.take_openai_key_back,
        "pyserini.index": partial(origins.carry_origin, command=command),
        "pyserini.encode.optional._faiss": origins.guard_writer,
        "pyserini.encode.optional._uniir": compatibility.take_uniir_back,
        "pyserini.prebuilt_index_info": compatibility.restore_network,
        "pyserini.query_iterator": hand_topics_on,
        "pyserini.search.faiss._searcher": search_guards.guard_searcher,
        "pyserini.search.hybrid._searcher": search_guards.guard_hybrid,
        "pyserini.search.lucene._hnsw_searcher": lucene_vectors.take_students,
        "pyserini.search.lucene._searcher": search_guards.guard_lucene_searcher,
        "pyserini.server.backend": servers.open_aliases,
        "pyserini.server.search_controller": servers.serve_students,
        "pyserini.util": prebuilt.guard_download,
    }


def intercept(name: str) -> ModuleSpec | None:
    """Find a watched module through the other finders, and attach its actions to its loader.

    Returns
    -------
    ModuleSpec or None
        None if the module does not exist, or if this function is already looking for it.
    """
    if getattr(_searching, "name", None) == name:
        return None
    command = running_command()
    _searching.name = name
    try:
        if name == "pyserini.search.__main__" and command is not None and command.wants_dense_search:
            return _in_place_of(name, "pyserini.search.faiss.__main__")
        spec = importlib.util.find_spec(name)
    finally:
        _searching.name = None
    if spec is not None and spec.loader is not None:
        _hang(spec.loader, list_before(command).get(name), list_after(command).get(name))
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
    """Run an action; one that does not fit this version of Pyserini must not break Pyserini."""
    try:
        action(*arguments)
    except OpticalError:
        raise
    except Exception as error:
        name = getattr(action, "func", action).__name__
        logger.warning("pyserini-optical is not registered: %s failed (%r)", name, error)
