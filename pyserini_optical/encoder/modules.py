"""sentence-transformers' own files beside a model, by which it pools and normalises as our encoder does."""

import json
from pathlib import Path

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.head import DENSE, NORM, Head, save_head

_MODULE = "sentence_transformers.models."


def write_modules(folder: Path, checkpoint: Checkpoint, head: Head | None = None) -> None:
    """Write the modules behind the model: pooling, and what there is of head, normalisation and query prefix.

    Parameters
    ----------
    folder : Path
        Holds the model and its tokenizer.
    checkpoint : Checkpoint
        A template cannot be said in modules: sentence-transformers would read such a student wrongly, and nothing but
        the head is written.
    """
    parts = {"": "Transformer", "1_Pooling": "Pooling"}
    if head is not None:
        save_head(folder, head)
        parts |= {DENSE: "Dense"} | ({} if head.norm is None else {NORM: "LayerNorm"})
    if checkpoint.template:
        return
    if checkpoint.normalize:
        parts[f"{len(parts)}_Normalize"] = "Normalize"
        (folder / f"{len(parts) - 1}_Normalize").mkdir()
    (folder / "1_Pooling").mkdir()
    pool = {
        "word_embedding_dimension": checkpoint.dimension if head is None else head.linear.in_features,
        "pooling_mode_cls_token": checkpoint.pooling == "cls",
        "pooling_mode_mean_tokens": checkpoint.pooling == "mean",
    }
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": _MODULE + part}
        for number, (path, part) in enumerate(parts.items())
    ]
    _write(folder / "1_Pooling" / "config.json", pool)
    _write(folder / "modules.json", modules)
    if checkpoint.query_prefix:
        prompts = {"prompts": {"query": checkpoint.query_prefix}, "default_prompt_name": "query"}
        _write(folder / "config_sentence_transformers.json", prompts)


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
