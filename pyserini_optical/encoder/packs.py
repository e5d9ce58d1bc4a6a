"""Language packs: an embedding table (8 or 4 bits per value) and a tokenizer; the layers stay the teacher's.

A tokenizer may have more subwords than the table has rows: the rest are the teacher's, see :mod:`.subwords`.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save
from tokenizers import Tokenizer

from pyserini_optical.bitext.normalisation import FOREIGN_ANALYZER
from pyserini_optical.encoder.checkpoint import FILE, Checkpoint, Pack, read_checkpoint, write_checkpoint
from pyserini_optical.encoder.quantisation import GROUP, join_halves, part_halves, quantise_rows
from pyserini_optical.encoder.teacher_tokenizer import TOKENIZER
from pyserini_optical.encoder.weights import verify_files
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, update_folder, write_file

EMBEDDINGS = "embeddings.safetensors"


def write_pack(
    folder: str | Path,
    language: str,
    embeddings: np.ndarray,
    tokenizer: Tokenizer,
    *,
    base: Checkpoint | None = None,
    notes: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    analyzer: str = FOREIGN_ANALYZER,
    bits: int = 8,
) -> Path:
    """Add a language to a pack folder, creating the folder if necessary.

    Parameters
    ----------
    folder : str or Path
        The pack folder.
    language : str
        ISO 639-3 code.
    embeddings : ndarray of float32, shape (subwords, d)
        The language's own word embeddings, row i for the token of id i.
    tokenizer : tokenizers.Tokenizer
        Adds the special tokens itself; has `[PAD]`. Its tokens beyond `embeddings` are the teacher's.
    base : Checkpoint, optional
        The settings of the folder's `optical.json` other than its languages; by default the existing ones, or those of
        the default teacher.
    notes : mapping, optional
        Further keys of the language's entry, such as its bitext and scores.
    overwrite : bool
        Replace the language if it exists. Other files in its folder, such as a translation table, are kept. The folder
        is replaced atomically.
    analyzer : str
        Normalisation of the text that the tokenizer was learned from.
    bits : {8, 4}
        Bits per value, see :mod:`.quantisation`.

    Returns
    -------
    Path
        The language's folder.

    Raises
    ------
    OpticalError
        The table and the tokenizer, or the table and the teacher, do not fit; or the language exists already.
    """
    folder = Path(folder)
    if base is None:
        base = read_checkpoint(folder) if (folder / FILE).is_file() else Checkpoint()
    subwords, dimension = embeddings.shape
    if dimension != base.dimension:
        raise OpticalError(
            f"{language}: embeddings of {dimension} dimensions do not match the teacher's {base.dimension}"
        )
    if subwords > tokenizer.get_vocab_size():
        raise OpticalError(
            f"{language}: {subwords} embeddings for a tokenizer of {tokenizer.get_vocab_size()} subwords"
        )
    if not any(token in tokenizer.get_vocab() for token in ("[PAD]", "<pad>")):
        raise OpticalError(f"{language}: the tokenizer has no [PAD] token, which batches need")
    if language in base.languages and not overwrite:
        raise OpticalError(f"{folder}: already has a pack for {language}; pass --overwrite to replace it")
    rows, scales = quantise_rows(embeddings, bits)
    if bits == 4:
        rows = join_halves(rows)
    with update_folder(folder) as partial:
        for name, content in (
            (EMBEDDINGS, save({"rows": rows, "scales": scales})),
            (TOKENIZER, tokenizer.to_str(pretty=False).encode()),
        ):
            with write_file(partial / language / name, "wb", overwrite=True) as file:
                file.write(content)
        sha256 = {name: checksum(partial / language / name) for name in (EMBEDDINGS, TOKENIZER)}
        pack = Pack(subwords, sha256, dict(notes or {}), analyzer)
        # Another process may have added a language since `base` was read.
        there = read_checkpoint(partial).languages if (partial / FILE).is_file() else {}
        write_checkpoint(partial, replace(base, languages={**base.languages, **there, language: pack}))
    return folder / language


def read_pack(
    folder: str | Path, language: str, checkpoint: Checkpoint | None = None
) -> tuple[np.ndarray, np.ndarray, Tokenizer]:
    """Read a language of a pack folder, checking it against `optical.json`.

    Parameters
    ----------
    folder : str or Path
        The pack folder.
    language : str
        ISO 639-3 code.
    checkpoint : Checkpoint, optional
        Content of `optical.json`, if it has been read already.

    Returns
    -------
    rows : ndarray of int8, shape (subwords, d)
    scales : ndarray, shape (subwords,) or (subwords, groups)
        See :func:`~pyserini_optical.encoder.quantisation.restore_rows`.
    tokenizer : tokenizers.Tokenizer

    Raises
    ------
    OpticalError
        The language is unknown, or a file is missing, damaged, or does not fit the others.
    """
    checkpoint = checkpoint or read_checkpoint(folder)
    if language not in checkpoint.languages:
        known = ", ".join(checkpoint.languages) or "none"
        raise OpticalError(f"{folder}: has no pack for {language!r} (it has: {known})")
    pack, home = checkpoint.languages[language], Path(folder) / language
    unsigned = {EMBEDDINGS, TOKENIZER} - pack.sha256.keys()
    if unsigned:
        raise OpticalError(f"{Path(folder) / FILE}: has no sha256 for {language}/{min(unsigned)}; write the pack again")
    verify_files(home, pack.sha256)
    try:
        tensors = load_file(home / EMBEDDINGS)
        rows, scales = tensors["rows"], tensors["scales"]
    except (SafetensorError, KeyError) as error:
        raise OpticalError(f"{home / EMBEDDINGS}: cannot be read ({error}); fetch the student again") from error
    if rows.dtype == np.uint8:
        rows = part_halves(rows)
    tokenizer = read_tokenizer(home / TOKENIZER)
    shapes = {1: (pack.vocab_size,), 2: (pack.vocab_size, checkpoint.dimension // GROUP)}
    if (
        rows.dtype != np.int8
        or rows.shape != (pack.vocab_size, checkpoint.dimension)
        or scales.shape != shapes.get(scales.ndim)
    ):
        raise OpticalError(
            f"{home / EMBEDDINGS}: rows {rows.dtype} {rows.shape} do not match {pack.vocab_size} subwords "
            f"of {checkpoint.dimension} dimensions; fetch the student again"
        )
    if tokenizer.get_vocab_size() < pack.vocab_size:
        raise OpticalError(
            f"{home / TOKENIZER}: {tokenizer.get_vocab_size()} subwords, but {pack.vocab_size} "
            "embeddings; fetch it again"
        )
    return rows, scales, tokenizer


def read_tokenizer(path: str | Path) -> Tokenizer:
    """Read a `tokenizer.json`.

    Raises
    ------
    OpticalError
        There is no such file, or it is not a tokenizer.
    """
    if not Path(path).is_file():
        raise OpticalError(f"{path}: no such file; a student needs its tokenizer")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the tokenizers library raises bare Exception
        raise OpticalError(f"{path}: is not a tokenizer ({error}); fetch the student again") from error
