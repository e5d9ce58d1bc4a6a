"""The output of a run: a Hugging Face folder with `optical.json`, or a pack."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyserini_optical.bitext.normalisation import FOREIGN_ANALYZER
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.setup import Setup
from pyserini_optical.distillation.start import WARM
from pyserini_optical.encoder.checkpoint import FILE, Checkpoint, Pack, Teacher, read_checkpoint, write_checkpoint
from pyserini_optical.encoder.device import quietly
from pyserini_optical.encoder.export import write_modules
from pyserini_optical.encoder.packs import write_pack
from pyserini_optical.encoder.teacher import checksum_weights
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, write_folder

KINDS = {"student": "student", "pack": "packs"}


def write_student(recipe: Recipe, setup: Setup, output: Path, notes: Mapping[str, Any], overwrite: bool) -> None:
    """Write a student.

    Parameters
    ----------
    setup : Setup
        Setup with the student, its tokenizer and the teacher.
    output : Path
        The student's folder, or the pack folder.
    notes : mapping
        Details of the training, recorded in `optical.json`.
    """
    student, tokenizer = setup.student, setup.tokenizer
    settings = setup.teacher.settings
    base = replace(
        settings,
        kind=KINDS[recipe.form],
        teacher=Teacher(setup.teacher.name, checksum_weights(setup.teacher.home)),
        dimension=setup.teacher.encoder.dimension,
        max_length=min(settings.max_length, int(tokenizer.model_max_length)),
    )
    if recipe.form == "pack":
        (language,) = recipe.bitext
        if (output / FILE).is_file():
            base = _check_same_teacher(output, read_checkpoint(output), base)
        table = student.embeddings.weight.detach().float().cpu().numpy()
        write_pack(
            output,
            language,
            table,
            tokenizer.backend_tokenizer,
            base=base,
            notes=notes,
            overwrite=overwrite,
            bits=recipe.bits,
        )
        return
    with write_folder(output, overwrite) as folder:
        with quietly():
            student.model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        write_modules(folder, base, student.head)
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        sha256 = {path.relative_to(folder).as_posix(): checksum(path) for path in files}
        analyzer = FOREIGN_ANALYZER if recipe.start == WARM else ""
        languages = {language: Pack(len(tokenizer), {}, analyzer=analyzer) for language in recipe.bitext}
        write_checkpoint(folder, replace(base, sha256=sha256, languages=languages, notes={**base.notes, **notes}))


def _check_same_teacher(output: Path, found: Checkpoint, wanted: Checkpoint) -> Checkpoint:
    if found.teacher.sha256 != wanted.teacher.sha256:
        raise OpticalError(
            f"{output}: holds packs for the teacher {found.teacher.name}, not {wanted.teacher.name}; name another "
            "output"
        )
    return found
