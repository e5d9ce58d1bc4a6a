"""A student and its teacher as one sentence-transformers model: the student for queries, the teacher for passages.

`encode_query` and `encode_document` choose the side, so that everything built on them (vector databases, MTEB) works
without this package.
"""

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.device import quietly
from pyserini_optical.encoder.export import export_student
from pyserini_optical.encoder.head import load_head
from pyserini_optical.encoder.module_reading import read_modules
from pyserini_optical.encoder.student import Student, find_student
from pyserini_optical.errors import MissingExtra, OpticalError
from pyserini_optical.files import write_folder

PACKAGE = "sentence-transformers"


def export_two_sided(name: str, output: str | Path, language: str | None = None, overwrite: bool = False) -> Path:
    """Write a sentence-transformers model with a route for queries and one for passages.

    Parameters
    ----------
    name : str
        See :func:`~pyserini_optical.encoder.find_student`.
    output : str or Path
        The folder to write.
    language : str, optional
        ISO 639-3 code, if the name leaves it open.
    overwrite : bool
        Replace an existing folder.

    Returns
    -------
    Path
        `output`.

    Raises
    ------
    OpticalError
        The language is undetermined, the student's template cannot be expressed as modules, its passages are encoded by
        another model than its teacher, or `output` exists.
    MissingExtra
        sentence-transformers is not installed.
    """
    if importlib.util.find_spec("sentence_transformers") is None:
        raise MissingExtra(PACKAGE, PACKAGE)
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router

    student = find_student(name)
    checkpoint = student.checkpoint
    if checkpoint.template or checkpoint.document_teacher:
        raise OpticalError(
            f"{student.folder}: its teacher processes queries or passages in a way that sentence-transformers "
            "cannot express"
        )
    with tempfile.TemporaryDirectory() as scratch, write_folder(output, overwrite=overwrite) as partial, quietly():
        folder = student.folder
        if checkpoint.kind == "packs":
            folder = export_student(name, Path(scratch) / "query", language)
        query = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        router = Router.for_query_document(
            query_modules=list(query.children()), document_modules=_make_document_side(student, checkpoint)
        )
        model = SentenceTransformer(
            modules=[router],
            device="cpu",
            prompts={"query": checkpoint.query_prefix, "document": checkpoint.document_prefix},
            similarity_fn_name="cosine" if checkpoint.normalize else "dot",
        )
        model.save(str(partial), create_model_card=False)
    return Path(output)


def _make_document_side(student: Student, checkpoint: Checkpoint) -> list[Any]:
    """The teacher, with the settings that it encoded the index with."""
    import torch
    from sentence_transformers.sentence_transformer.modules import Dense, LayerNorm, Normalize, Pooling, Transformer

    from pyserini_optical.encoder.teacher import find_teacher

    teacher = find_teacher(checkpoint.teacher, student.folder)
    reading, head = read_modules(teacher), load_head(teacher)
    layers = Transformer(
        str(reading.layers),
        max_seq_length=checkpoint.document_length or checkpoint.max_length,
        do_lower_case=reading.lower_case,
        model_kwargs={"local_files_only": True, "dtype": torch.float32},
    )
    modules: list[Any] = [layers, Pooling(layers.get_embedding_dimension(), pooling_mode=checkpoint.pooling)]
    if head is not None:
        linear = head.linear
        modules.append(
            Dense(
                linear.in_features,
                linear.out_features,
                activation_function=torch.nn.Identity(),
                init_weight=linear.weight,
                init_bias=linear.bias,
            )
        )
        if head.norm is not None:
            modules.append(LayerNorm(linear.out_features))
            modules[-1].norm.load_state_dict(head.norm.state_dict())
    return [*modules, *([Normalize()] if checkpoint.normalize else [])]
