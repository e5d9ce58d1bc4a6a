"""The kind of token encoder in a folder, and how it treats queries and documents."""

import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_json, read_object

REMEDY = "fetch the model again"
_STANFORD_DEFAULTS: dict[str, Any] = {
    "query_maxlen": 32,
    "doc_maxlen": 220,
    "query_token_id": "[unused0]",
    "doc_token_id": "[unused1]",
}
_PYLATE_DEFAULTS: dict[str, Any] = {
    "query_length": 32,
    "document_length": 180,
    "query_prefix": "[Q] ",
    "document_prefix": "[D] ",
}
_RAW_LENGTH = 256


@dataclass(frozen=True)
class TokenLayout:
    """How a checkpoint turns texts into token vectors.

    Attributes
    ----------
    name : {"raw", "stanford", "pylate"}
    layers : Path
        The folder of the Hugging Face model and its tokenizer.
    projections : tuple of Path
        Safetensors files of the linear layers after the model, in order; none for raw token states.
    query_marker, document_marker : str
        Marker token put after the first one; empty for none.
    query_length, document_length : int
        Longest input in tokens, including special tokens and the marker.
    expand_queries : bool
        Pad queries to `query_length` with mask tokens, which count as query tokens.
    attend_to_expansion : bool
        Let the other tokens see those mask tokens.
    skiplist : tuple of str
        Document tokens whose vectors are dropped (punctuation).
    """

    name: str
    layers: Path
    projections: tuple[Path, ...] = ()
    query_marker: str = ""
    document_marker: str = ""
    query_length: int = _RAW_LENGTH
    document_length: int = _RAW_LENGTH
    expand_queries: bool = False
    attend_to_expansion: bool = False
    skiplist: tuple[str, ...] = ()


def read_layout(folder: str | Path) -> TokenLayout:
    """Recognise a checkpoint of Stanford ColBERT or PyLate; anything else gives its raw token states.

    Parameters
    ----------
    folder : str or Path
        A Hugging Face, sentence-transformers, Stanford ColBERT or PyLate folder.

    Raises
    ------
    OpticalError
        There is no model in the folder, a settings file is damaged, or it asks for something that is not supported.
    """
    folder = Path(folder)
    sentence_settings = read_settings(folder / "config_sentence_transformers.json")
    if sentence_settings.get("similarity_fn_name") == "MaxSim" or "query_prefix" in sentence_settings:
        return _read_pylate(folder, sentence_settings)
    config = read_settings(folder / "config.json")
    if not config:
        raise OpticalError(f"{folder}: has no config.json; name the folder of a model")
    metadata = read_settings(folder / "artifact.metadata")
    if metadata or "HF_ColBERT" in (config.get("architectures") or []):
        return _read_stanford(folder, metadata)
    length = read_settings(folder / "sentence_bert_config.json").get("max_seq_length") or _RAW_LENGTH
    length = min(length, config.get("max_position_embeddings", length))
    return TokenLayout(name="raw", layers=folder, query_length=length, document_length=length)


def _read_stanford(folder: Path, metadata: dict[str, Any]) -> TokenLayout:
    if metadata.get("similarity", "cosine") != "cosine":
        raise OpticalError(f"{folder}: scores by {metadata['similarity']}; only cosine is supported")
    settings = _STANFORD_DEFAULTS | metadata
    return TokenLayout(
        name="stanford",
        layers=folder,
        projections=(folder / "model.safetensors",),
        query_marker=settings["query_token_id"],
        document_marker=settings["doc_token_id"],
        query_length=settings["query_maxlen"],
        document_length=settings["doc_maxlen"],
        expand_queries=True,
        attend_to_expansion=bool(settings.get("attend_to_mask_tokens", False)),
        skiplist=tuple(string.punctuation) if settings.get("mask_punctuation", True) else (),
    )


def _read_pylate(folder: Path, saved: dict[str, Any]) -> TokenLayout:
    path = folder / "modules.json"
    modules = read_json(path, REMEDY) if path.is_file() else []
    if not modules or not isinstance(modules, list):
        raise OpticalError(f"{folder}: has no modules.json; save the model again with PyLate")
    settings = _PYLATE_DEFAULTS | {key: value for key, value in saved.items() if value is not None}
    expand = bool(settings.get("do_query_expansion", True))
    return TokenLayout(
        name="pylate",
        layers=folder / modules[0]["path"],
        projections=tuple(folder / module["path"] / "model.safetensors" for module in modules[1:] if _is_dense(module)),
        query_marker=settings["query_prefix"],
        document_marker=settings["document_prefix"],
        query_length=settings["query_length"],
        document_length=settings["document_length"],
        expand_queries=expand,
        attend_to_expansion=expand and bool(settings.get("attend_to_expansion_tokens", False)),
        skiplist=tuple(settings.get("skiplist_words", string.punctuation)),
    )


def _is_dense(module: dict[str, Any]) -> bool:
    return module["type"].rsplit(".", 1)[-1] == "Dense"


def read_settings(path: Path) -> dict[str, Any]:
    """Content of a JSON file of a model; an empty dictionary if there is no such file.

    Raises
    ------
    OpticalError
        The file does not hold a JSON object.
    """
    return read_object(path, REMEDY) if path.is_file() else {}
