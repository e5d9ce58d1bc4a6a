"""From a recipe to a student: read, split, start, train, write."""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from pyserini_optical.bitext import Bitext
from pyserini_optical.distillation.language_identifier import teach_language
from pyserini_optical.distillation.output import write_student
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.run_folder import (
    claim_folder,
    finish_run,
    is_unfinished,
    keep_budget,
    read_budget,
    take_fingerprint,
)
from pyserini_optical.distillation.setup import Setup, load_recipe_bitext, set_up
from pyserini_optical.distillation.teacher import refuse_other_width
from pyserini_optical.encoder import read_checkpoint
from pyserini_optical.encoder.checkpoint import FILE
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import refuse_overwrite


@dataclass(frozen=True)
class Distilled:
    """The result of a run.

    Attributes
    ----------
    folder : Path
        Folder of the student.
    steps : int
        Training steps, summed over all runs.
    before, after : dict of str to float
        Retrieval of the held-out English sides by the warm start and by the trained student: `mrr` and
        `mrr_<language>`.
    pairs : dict of str to int
        Pairs trained on, by language.
    skipped : int
        Steps skipped because of a non-finite loss or gradient.
    """

    languages: list[str]
    folder: Path
    steps: int
    before: dict[str, float]
    after: dict[str, float]
    pairs: dict[str, int]
    skipped: int


def distill(
    recipe: Recipe,
    output: str | Path,
    overwrite: bool = False,
    minutes: float | None = None,
    bitext: Mapping[str, Bitext] | None = None,
) -> Iterator[Distilled]:
    """Train a recipe, or resume an interrupted run of it.

    Parameters
    ----------
    output : str or Path
        The student's folder. Checkpoints and logs are kept in `<output>.training` beside it.
    overwrite : bool
        Replace a finished student, and discard checkpoints of other recipes.
    minutes : float, optional
        Instead of `recipe.steps`, train as many steps as fit into this time on this machine, over all runs; the number
        is recorded with the student, so that it can be reproduced. 0: no training.
    bitext : mapping of str to Bitext, optional
        Bitext of the recipe by language, if it is loaded already.

    Yields
    ------
    Distilled
        One per language for packs, otherwise one. A pack is written and yielded before training as well as after.

    Raises
    ------
    OpticalError
        The output exists, the checkpoints belong to another recipe, or the bitext or teacher is unsuitable.
    """
    output = Path(output)
    if minutes == 0:
        recipe, minutes = replace(recipe, steps=0), None
    if not overwrite:
        refuse_finished(recipe, output)
    refuse_other_width(recipe)
    for single in _single_runs(recipe):
        read = load_recipe_bitext(single) if bitext is None else {name: bitext[name] for name in single.bitext}
        yield from _run(single, read, output, _training_folder(recipe, output, single), overwrite, minutes)


def refuse_finished(recipe: Recipe, output: Path) -> None:
    """Refuse an output that exists already, unless an interrupted run left it.

    Raises
    ------
    OpticalError
        The student, or the pack of one of its languages, exists.
    """
    if recipe.form == "student":
        if not is_unfinished(_training_folder(recipe, output, recipe)):
            refuse_overwrite(output, overwrite=False)
        return
    known = read_checkpoint(output).languages if (output / FILE).is_file() else {}
    runs = _single_runs(recipe)
    there = [
        language
        for single in runs
        for language in single.bitext
        if language in known and not is_unfinished(_training_folder(recipe, output, single))
    ]
    if there:
        raise OpticalError(f"{output}: already has packs for {', '.join(there)}; pass --overwrite to replace them")


def _single_runs(recipe: Recipe) -> list[Recipe]:
    """One recipe per pack, else the recipe itself."""
    if recipe.form == "student":
        return [recipe]
    return [
        replace(recipe, bitext={language: files}, language_settings={}, **recipe.language_settings.get(language, {}))
        for language, files in recipe.bitext.items()
    ]


def _training_folder(recipe: Recipe, output: Path, single: Recipe) -> Path:
    folder = output.with_name(f"{output.name}.training")
    return folder if recipe.form == "student" else folder / next(iter(single.bitext))


def _run(
    recipe: Recipe,
    bitext: Mapping[str, Bitext],
    output: Path,
    folder: Path,
    overwrite: bool,
    minutes: float | None,
) -> Iterator[Distilled]:
    first_process = os.environ.get("RANK", "0") == "0"
    torch.manual_seed(recipe.seed)
    setup = set_up(recipe, bitext)
    fingerprint = take_fingerprint(recipe, setup, bitext, minutes)
    with _first_process_first():
        # Only the first process may clear the folder: the others find it claimed.
        goes_on = claim_folder(folder, fingerprint, recipe, overwrite and first_process)
    replaces = overwrite or goes_on
    before = setup.held_out.measure(setup.student)
    if recipe.form == "pack" and (minutes or recipe.steps) and first_process:
        outcome = Distilled(list(recipe.bitext), output, 0, before, before, setup.pairs, 0)
        write_student(recipe, setup, output, _notes(outcome, setup, bitext), replaces)
        _teach_languages(output, bitext)
        yield outcome
        replaces = True
    if minutes is not None:
        with _first_process_first():
            steps = read_budget(folder) or keep_budget(folder, minutes, setup.time_step(recipe), recipe.runs)
        recipe = replace(recipe, steps=steps)
    steps, skipped = _train(recipe, setup, folder) if recipe.steps else (0, 0)
    after = setup.held_out.measure(setup.student) if recipe.steps else before
    outcome = Distilled(list(recipe.bitext), output, steps, before, after, setup.pairs, skipped)
    if first_process:
        write_student(recipe, setup, output, _notes(outcome, setup, bitext), replaces)
        if recipe.form == "pack" and not recipe.steps:
            _teach_languages(output, bitext)
        finish_run(folder, fingerprint)
        yield outcome


def _teach_languages(output: Path, bitext: Mapping[str, Bitext]) -> None:
    """Teach the pack folder's language identifier its new languages."""
    for language, each in bitext.items():
        teach_language(output, language, each.pairs)


def _first_process_first() -> AbstractContextManager[Any]:
    """Let the first of several processes run a block before the others enter it."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return nullcontext()
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available()).main_process_first()


def _train(recipe: Recipe, setup: Setup, folder: Path) -> tuple[int, int]:
    """Train, and return the numbers of steps taken and skipped."""
    weights = [each for each in setup.student.parameters() if each.requires_grad]
    start = [each.detach().clone() for each in weights]
    total = [torch.zeros_like(each) for each in start]
    steps = skipped = 0
    for run in range(recipe.runs):
        _set_weights(weights, start)
        taken, left_out = _train_once(recipe, setup, run, folder / f"run-{run + 1}" if run else folder)
        steps, skipped = steps + taken, skipped + left_out
        for each, trained in zip(total, weights, strict=True):
            each += trained.detach()
    _set_weights(weights, [each / recipe.runs for each in total])
    return steps, skipped


def _set_weights(weights: list[torch.nn.Parameter], values: list[torch.Tensor]) -> None:
    with torch.no_grad():
        for weight, value in zip(weights, values, strict=True):
            weight.copy_(value)


def _train_once(recipe: Recipe, setup: Setup, run: int, folder: Path) -> tuple[int, int]:
    from transformers.trainer_utils import get_last_checkpoint

    from pyserini_optical.distillation.trainer import DistillationTrainer

    trainer = DistillationTrainer(
        recipe, setup.student, setup.teacher.encoder, setup.loss, setup.plan(recipe, run), setup.held_out, folder
    )
    last = get_last_checkpoint(str(folder)) if folder.is_dir() else None
    trainer.train(resume_from_checkpoint=last)
    return trainer.state.global_step, len(trainer.bad_steps.skipped)


def _notes(outcome: Distilled, setup: Setup, bitext: Mapping[str, Bitext]) -> dict[str, Any]:
    scores = {"before": outcome.before, "after": outcome.after}
    return {
        "steps": outcome.steps,
        "skipped_steps": outcome.skipped,
        "pairs": outcome.pairs,
        "sources": setup.sources,
        "bitext": {language: each.files for language, each in bitext.items()},
        "held_out_mrr": {
            moment: {name: round(value, 4) for name, value in each.items()} for moment, each in scores.items()
        },
    }
