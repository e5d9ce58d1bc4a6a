"""Pyserini's REST and MCP servers with students: local indexes under an alias, for Pyserini 1.6 and 2.4.

Pyserini 2.4 takes aliases from `--config`, but fails on those of dense indexes and, without a network, on all. 1.6 has
no aliases: there the environment variable :data:`CONFIG` names the same file.
"""

import os
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from pyserini_optical.encoder.student import names_student
from pyserini_optical.errors import OpticalError

CONFIG = "PYSERINI_OPTICAL_SERVER_CONFIG"
"""Environment variable: a file of server settings, as Pyserini 2.4 has it."""


class _LocalAlone:
    """A backend of Pyserini 2.4 that only uses its configured indexes, without a network."""

    _no_prebuilt_indexes = True

    def __init__(self, backend: Any, create_searcher: Callable[..., Any]) -> None:
        self._backend = backend
        self._create_searcher = create_searcher

    def _build_searcher(self, config: Any, *, index_type: str, local_path: str) -> Any:
        # The original first asks an online list whether the alias is an image index.
        return self._create_searcher(index_type, config, local_path=local_path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def open_aliases(module: ModuleType) -> None:
    """Let Pyserini 2.4 open an index under an alias, which it looks up among its prebuilt ones (KeyError, URLError).

    Parameters
    ----------
    module : module
        `pyserini.server.backend`.
    """
    backend = module.SharedSearchBackend
    original = backend._ensure_index

    @wraps(original)
    def ensure_index(self: Any, index_name: str, **settings: Any) -> Any:
        settings.setdefault("allow_local", False)
        local = index_name in self._local_indexes
        return original(_LocalAlone(self, module.create_searcher) if local else self, index_name, **settings)

    backend._ensure_index = ensure_index


def serve_students(module: ModuleType) -> None:
    """Let the servers of Pyserini 1.6 accept students as encoders, and aliases of local indexes.

    Parameters
    ----------
    module : module
        `pyserini.server.search_controller`.
    """
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    stock, controller = module.AutoQueryEncoder, module.SearchController
    add_index, get_document = controller._add_index, controller.get_document

    def encode_queries(encoder_dir: str, **settings: Any) -> Any:
        return OpticalQueryEncoder(encoder_dir) if names_student(encoder_dir) else stock(encoder_dir, **settings)

    @wraps(add_index)
    def add(self: Any, config: Any) -> Any:
        local = read_aliases().get(config.name)
        if local is None:
            return add_index(self, config)
        config.encoder = config.encoder or local.get("encoder")
        config.index_type, config.base_index = local["index_type"], local.get("base_index")
        config.searcher = _open(module, local, config)
        self.indexes[config.name] = config
        return config

    @wraps(get_document)
    def document(self: Any, docid: str, index_name: str) -> Any:
        if index_name not in read_aliases():
            return get_document(self, docid, index_name)
        found = (self.indexes.get(index_name) or self._add_index(module.IndexConfig(index_name))).searcher.doc(docid)
        if found is None:
            raise ValueError(f"Document {docid} not found in index {index_name}")
        raw = found.raw()  # stored by indexes that were made with --storeRaw
        return {"contents": ""} if raw is None else module.json.loads(raw)

    module.AutoQueryEncoder = encode_queries  # type: ignore[attr-defined]
    controller._add_index, controller.get_document = add, document


@cache
def read_aliases() -> dict[str, dict[str, Any]]:
    """Read the aliases in the file named by :data:`CONFIG`.

    Returns
    -------
    dict of str to dict
        Alias -> `path`, `index_type`, and `encoder`, `base_index` and `ef_search` where they are given.

    Raises
    ------
    OpticalError
        The file is missing or faulty.
    """
    name = os.environ.get(CONFIG)
    if not name:
        return {}
    try:
        given = yaml.safe_load(Path(name).read_text(encoding="utf-8"))["indexes"].items()
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise OpticalError(
            f"{name}: defines no indexes: {{alias: {{path: ..., index_type: ...}}}} ({error})"
        ) from error
    aliases = {}
    for alias, entry in given:
        entry = {"path": entry} if isinstance(entry, str) else dict(entry)
        entry = {"index_type": "tf"} | entry | {"path": str(Path(name).parent / str(entry.get("path")))}
        if not Path(entry["path"]).is_dir():
            raise OpticalError(f"{name}: {alias}: no such folder: {entry['path']}")
        if entry["index_type"] != "tf" and not entry.get("base_index"):
            raise OpticalError(f"{name}: {alias}: set base_index to the alias of the Lucene index with its texts")
        aliases[str(alias)] = entry
    return aliases


def _open(module: ModuleType, local: dict[str, Any], config: Any) -> Any:
    path, kind = local["path"], local["index_type"]
    if kind == "tf":
        return module.LuceneSearcher(path)
    if kind == "faiss":
        return module.FaissSearcher(path, module.AutoQueryEncoder(encoder_dir=config.encoder))
    if kind == "lucene_hnsw":
        return module.LuceneHnswDenseSearcher(path, local.get("ef_search") or 100, encoder=config.encoder)
    if kind == "lucene_flat":
        return module.LuceneFlatDenseSearcher(path, encoder=config.encoder)
    raise OpticalError(f"{config.name}: index_type {kind} is unknown; give tf, faiss, lucene_hnsw or lucene_flat")
