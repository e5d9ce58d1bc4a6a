"""Export of a language pack as an ordinary Hugging Face folder, for stock Pyserini and sentence-transformers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from pyserini_optical.encoder.checkpoint import Checkpoint, write_checkpoint
from pyserini_optical.encoder.device import quietly
from pyserini_optical.encoder.head import DENSE, NORM, WEIGHTS, Head, load_head, save_head
from pyserini_optical.encoder.module_reading import read_modules
from pyserini_optical.encoder.packs import read_pack
from pyserini_optical.encoder.student import find_student
from pyserini_optical.encoder.subwords import SubwordTable, find_borrowed
from pyserini_optical.encoder.teacher_tokenizer import TOKENIZER, load_tokenizer
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, write_folder
from pyserini_optical.languages import ENGLISH

USUAL_ROLES = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def export_student(name: str, output: str | Path, language: str | None = None, overwrite: bool = False) -> Path:
    """Write one language of a pack folder as a Hugging Face folder.

    Parameters
    ----------
    name : str
        See :func:`~pyserini_optical.encoder.find_student`.
    output : str or Path
        The folder to write.
    language : str, optional
        ISO 639-3 code; optional if `name` contains it or the folder has a single language.
    overwrite : bool
        Replace an existing folder.

    Returns
    -------
    Path
        `output`: `config.json`, `model.safetensors`, the tokenizer, `optical.json`, and the files that make
        sentence-transformers pool and normalise as the teacher does.

    Raises
    ------
    OpticalError
        The student is already an ordinary folder, the language is undetermined, or `output` exists.
    """
    import torch
    from transformers import PreTrainedTokenizerFast

    from pyserini_optical.encoder.torch_backend import open_model

    student = find_student(name)
    folder, checkpoint = student.folder, student.checkpoint
    if checkpoint.kind != "packs":
        raise OpticalError(f"{folder}: is already an ordinary Hugging Face folder; copy it")
    language = _choose_language(folder, language or student.language, list(checkpoint.languages))
    rows, scales, tokenizer = read_pack(folder, language, checkpoint)
    teacher, _ = student.find_layers()
    own = load_tokenizer(teacher)
    model = open_model(read_modules(teacher).layers)
    borrowed = find_borrowed(tokenizer, len(rows), own.get_vocab())
    table = SubwordTable(rows, scales, borrowed, model.get_input_embeddings().weight.detach().numpy()).restore()
    model.config.vocab_size = len(table)
    model.set_input_embeddings(torch.nn.Embedding.from_pretrained(torch.from_numpy(table)))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=min(checkpoint.max_length, own.model_max_length),
        **_find_roles(own, tokenizer),
    )
    with write_folder(output, overwrite=overwrite) as partial:
        with quietly():
            model.save_pretrained(partial)
            fast.save_pretrained(partial)
        write_modules(partial, checkpoint, load_head(teacher))
        files = [WEIGHTS, TOKENIZER, *(f"{name}/{WEIGHTS}" for name in (DENSE, NORM) if (partial / name).is_dir())]
        sha256 = {file: checksum(partial / file) for file in files}
        entry = checkpoint.languages[language]
        write_checkpoint(
            partial,
            replace(checkpoint, kind="student", sha256=sha256, languages={language: replace(entry, sha256={})}),
        )
    return Path(output)


def _find_roles(teacher_tokenizer: Any, tokenizer: Tokenizer) -> dict[str, str]:
    """The special tokens of a pack, in the roles that they have for its teacher."""
    named = {role: str(getattr(teacher_tokenizer, role) or usual) for role, usual in USUAL_ROLES.items()}
    return {role: token for role, token in named.items() if tokenizer.token_to_id(token) is not None}


def _choose_language(folder: Path, language: str | None, known: list[str]) -> str:
    if language is None and len(known) == 1:
        return known[0]
    if language not in known:
        problem = "holds several languages" if language is None else f"has no pack for {language!r}"
        hint = f" ({ENGLISH} is the teacher's own language; there is nothing to export)" if language == ENGLISH else ""
        raise OpticalError(f"{folder}: {problem}; choose one of {', '.join(known)}{hint}")
    return language


_MODULE = "sentence_transformers.models."


def write_modules(folder: Path, checkpoint: Checkpoint, head: Head | None = None) -> None:
    """Write the modules after the model: pooling and, if there are any, head, normalisation and query prefix.

    Parameters
    ----------
    folder : Path
        Folder of the model and its tokenizer.
    checkpoint : Checkpoint
        A template cannot be expressed as modules, so that sentence-transformers would misread such a student: only the
        head is written then.
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
