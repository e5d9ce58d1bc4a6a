"""From `optical.json` to text encoders."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from tokenizers import Tokenizer

from pyserini_optical.bitext.normalisation import FOREIGN_ANALYZER, cut_long_runs, normalise_text
from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.language_identifier import LANGUAGE_IDENTIFIER, LanguageIdentifier
from pyserini_optical.encoder.onnx.backend import OnnxBackend, OnnxLayers
from pyserini_optical.encoder.packs import read_pack
from pyserini_optical.encoder.student import Student
from pyserini_optical.encoder.subwords import SubwordTable, find_borrowed
from pyserini_optical.encoder.teacher_tokenizer import read_teacher_tokenizer
from pyserini_optical.encoder.templates import find_templates
from pyserini_optical.encoder.text import Backend, TextEncoder
from pyserini_optical.encoder.weights import verify_files
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH

UNBROKEN = "unbroken"
NORMALISERS: dict[str, Callable[[str], str]] = {"": str, UNBROKEN: cut_long_runs, FOREIGN_ANALYZER: normalise_text}
"""By the analyzer of a student: nothing is done to the text of an English teacher or of a student that began as another
encoder; packs made before there were analyzers get long runs of letters cut, which they would take for unknown."""

Embed = Callable[[np.ndarray], np.ndarray]
Side = Literal["query", "document"]


@dataclass(frozen=True)
class Runtime:
    """How the layers are run.

    Attributes
    ----------
    backend : {"torch", "onnx", "onnx-int8"}
    device : str
        A torch device.
    fp16 : bool
        Half precision, on a GPU.
    threads : int or None
        Threads of an onnx backend.
    """

    backend: str
    device: str
    fp16: bool
    threads: int | None


def load_text_encoders(
    student: Student, runtime: Runtime, prefix: str | None = None, side: Side = "query", with_english: bool = False
) -> dict[str, TextEncoder]:
    """Load a student.

    Parameters
    ----------
    side : {"query", "document"}
        See :func:`make_text_encoder`.
    with_english : bool
        Also load an English encoder: the teacher, which shares its layers with the others.

    Returns
    -------
    dict of str to TextEncoder
        Language -> encoder: a single one if the student has no packs or its name gives the language; otherwise all its
        languages and, last, English.

    Raises
    ------
    OpticalError
        The student or its teacher is missing or damaged.
    """
    checkpoint = student.checkpoint
    folder, sha256 = student.find_layers()
    verify_files(folder, sha256)
    layers, table = _open_layers(student, folder, runtime)
    own = read_teacher_tokenizer(folder)
    if checkpoint.kind == "student":
        analyzer = next((pack.analyzer for pack in checkpoint.languages.values()), "")
        encoder = make_text_encoder(checkpoint, side, own, layers, prefix, analyzer=analyzer)
        return {student.language or "": encoder, **({ENGLISH: encoder} if with_english else {})}
    encoders, english, vocabulary = {}, own, own.get_vocab()
    embed: Embed
    for code in dict.fromkeys([*student.languages, *([ENGLISH] if with_english else [])]):
        if code in checkpoint.languages:
            rows, scales, tokenizer = read_pack(student.folder, code, checkpoint)
            subwords = SubwordTable(rows, scales, find_borrowed(tokenizer, len(rows), vocabulary), table)
            embed, analyzer = subwords.embed, checkpoint.languages[code].analyzer or UNBROKEN
        else:
            tokenizer, embed, analyzer = english, table.__getitem__, ""
        backend = layers.with_embeddings(embed)
        encoders[code] = make_text_encoder(checkpoint, side, tokenizer, backend, prefix, analyzer=analyzer)
    return encoders


def make_text_encoder(
    checkpoint: Checkpoint,
    side: Side,
    tokenizer: Tokenizer,
    backend: Backend,
    prefix: str | None = None,
    analyzer: str = "",
) -> TextEncoder:
    """Make an encoder with the settings of a student.

    Parameters
    ----------
    side : {"query", "document"}
    prefix : str, optional
        Put before each text, followed by a space, as in Pyserini's encoders; replaces the student's own prefix.
    analyzer : str
        Normalisation of the text, see :data:`NORMALISERS`.
    """
    template = find_templates(checkpoint.template)
    if side == "query":
        own, longest = checkpoint.query_prefix, checkpoint.max_length
        frame = None if template is None else template.query
    else:
        own, longest = checkpoint.document_prefix, checkpoint.document_length or checkpoint.max_length
        frame = None if template is None else template.document
    return TextEncoder(
        tokenizer,
        backend,
        checkpoint.dimension,
        checkpoint.pooling,
        checkpoint.normalize,
        longest,
        own if prefix is None else f"{prefix} ",
        frame=frame,
        normalise_text=NORMALISERS[analyzer],
    )


def load_language_identifier(student: Student) -> LanguageIdentifier:
    """Load the language identifier of a pack folder.

    Raises
    ------
    OpticalError
        The folder has none, or it is damaged.
    """
    folder, checkpoint = student.folder, student.checkpoint
    if not (folder / LANGUAGE_IDENTIFIER).is_file():
        raise OpticalError(
            f"{folder}: has no {LANGUAGE_IDENTIFIER} to identify languages; name one of its languages, such as "
            f"{folder / next(iter(checkpoint.languages))}, or make an identifier: pyserini-optical language-identifier"
        )
    verify_files(folder, checkpoint.sha256)
    return LanguageIdentifier.load(folder / LANGUAGE_IDENTIFIER, student.languages)


def _open_layers(student: Student, folder: Path, runtime: Runtime) -> tuple[Backend, np.ndarray]:
    """Load the layers with their own embeddings, and the embedding table."""
    if runtime.backend == "torch":
        from pyserini_optical.encoder.torch_backend import load_backend

        own = load_backend(folder, student.checkpoint.dimension, runtime.device, runtime.fp16)
        return own, own.read_table()
    layers = OnnxLayers(student, runtime.backend, runtime.threads)
    table = layers.read_table()
    return OnnxBackend(layers, table.__getitem__), table
