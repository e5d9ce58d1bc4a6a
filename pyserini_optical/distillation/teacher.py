"""The frozen teacher of a recipe: its location, its settings and its states."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder, load_model
from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER, Checkpoint
from pyserini_optical.encoder.head import load_head
from pyserini_optical.encoder.presets import preset_for_index, preset_for_teacher
from pyserini_optical.encoder.teacher import name_teacher, teacher_folder
from pyserini_optical.encoder.teacher_tokenizer import load_tokenizer
from pyserini_optical.encoder.templates import Template, find_templates
from pyserini_optical.errors import OpticalError


@dataclass(frozen=True)
class FrozenTeacher:
    """An English query encoder that a student learns from.

    Attributes
    ----------
    name : str
        Name as recorded in `optical.json`.
    home : Path
        Its folder.
    settings : Checkpoint
        How it reads queries.
    """

    name: str
    home: Path
    settings: Checkpoint
    encoder: TransformerEncoder
    tokenizer: Any

    @property
    def frame(self) -> Template | None:
        """The template around a query; None: the tokenizer's own special tokens."""
        template = find_templates(self.settings.template)
        return None if template is None else template.query

    @property
    def kept_subwords(self) -> list[str]:
        """Subwords before every query; the student has them too, with the same meaning."""
        prefix = self.tokenizer.tokenize(self.settings.query_prefix) if self.settings.query_prefix else []
        return list(dict.fromkeys([*(self.frame.begin if self.frame else ()), *prefix]))


def find_teacher_name(recipe: Recipe) -> str:
    """Return the teacher that a recipe asks for: a folder, or a name on the hub."""
    if recipe.for_index and recipe.teacher == DEFAULT_TEACHER:
        return preset_for_index(recipe.for_index).teacher
    return recipe.teacher


def refuse_other_width(recipe: Recipe) -> None:
    """Refuse packs for a teacher that maps its states to another width, since a pack's table has the vector size.

    Raises
    ------
    OpticalError
        The widths differ, or the teacher cannot be found.
    """
    head = load_head(teacher_folder(find_teacher_name(recipe))) if recipe.form == "pack" else None
    if head is not None and head.linear.in_features != head.linear.out_features:
        raise OpticalError(
            f"{find_teacher_name(recipe)}: maps states of {head.linear.in_features} dimensions to vectors of "
            f"{head.linear.out_features}, which a pack cannot do; train a student instead: pyserini-optical distill "
            "--form student"
        )


def load_teacher(recipe: Recipe) -> FrozenTeacher:
    """Load the teacher of a recipe.

    Parameters
    ----------
    recipe : Recipe
        `for_index` determines how the teacher reads, and which one it is unless `teacher` names its folder.

    Raises
    ------
    OpticalError
        The teacher cannot be found, or no preset fits the index.
    """
    preset = preset_for_index(recipe.for_index) if recipe.for_index else None
    name = find_teacher_name(recipe)
    home = teacher_folder(name)
    name = name_teacher(name, home)
    tokenizer = load_tokenizer(home)
    settings = (preset or preset_for_teacher(name, home)).settings(tokenizer.model_max_length)
    if recipe.for_index:
        settings = replace(settings, notes={"for_index": recipe.for_index})
    template = find_templates(settings.template)
    unpooled = 0 if template is None else len(template.query.begin)
    model = load_model(home)
    rows, highest = model.get_input_embeddings().num_embeddings, max(tokenizer.get_vocab().values())
    if highest >= rows:
        raise OpticalError(
            f"{home}: its tokenizer has token ids up to {highest}, but its weights only {rows} embeddings"
        )
    encoder = TransformerEncoder(model, load_head(home), settings.pooling, unpooled).requires_grad_(False)
    return FrozenTeacher(name, home, settings, encoder, tokenizer)
