"""What a run leaves: a Hugging Face folder with `optical.json`, or a pack."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.stage import Stage
from pyserini_optical.encoder.checkpoint import (
    FILE,
    Checkpoint,
    Pack,
    Teacher,
    find_weights,
    read_checkpoint,
    write_checkpoint,
)
from pyserini_optical.encoder.packs import write_pack
from pyserini_optical.files import checksum, write_folder


def write_student(recipe: Recipe, stage: Stage, output: Path, notes: Mapping[str, Any], overwrite: bool) -> None:
    """Write a student.

    Parameters
    ----------
    recipe : Recipe
    stage : Stage
        Holds the student, its tokenizer, and where the teacher lies.
    output : Path
        The student's folder, or the pack folder.
    notes : mapping
        What is known of the training, kept in `optical.json`.
    overwrite : bool
    """
    student, tokenizer = stage.student, stage.tokenizer
    weights = find_weights(stage.teacher_home)
    teacher = Teacher(recipe.teacher, {weights.name: checksum(weights)})
    if recipe.form == "pack":
        (language,) = recipe.bitext
        base = read_checkpoint(output) if (output / FILE).is_file() else Checkpoint(kind="packs", teacher=teacher)
        table = student.embeddings.weight.detach().float().cpu().numpy()
        backend = tokenizer.backend_tokenizer
        write_pack(output, language, table, backend, base=base, notes=notes, overwrite=overwrite)
        return
    with write_folder(output, overwrite) as folder:
        student.model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        checkpoint = Checkpoint(
            kind="student",
            teacher=teacher,
            dimension=int(student.model.config.hidden_size),
            max_length=int(tokenizer.model_max_length),
            sha256={path.name: checksum(path) for path in sorted(folder.iterdir())},
            languages={language: Pack(len(tokenizer), {}) for language in recipe.bitext},
            notes=dict(notes),
        )
        write_checkpoint(folder, checkpoint)
