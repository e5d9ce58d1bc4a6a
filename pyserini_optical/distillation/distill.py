"""From a recipe to a student: read, split, start, train, write."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from pyserini_optical.distillation.output import write_student
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.recipe_files import read_recipe, write_recipe
from pyserini_optical.distillation.setup import Setup, set_up
from pyserini_optical.encoder import read_checkpoint
from pyserini_optical.encoder.checkpoint import FILE
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, refuse_overwrite, write_file

RECIPE = "recipe.yaml"
BUDGET = "budget.json"


@dataclass(frozen=True)
class Distilled:
    """What a run made.

    Attributes
    ----------
    folder : Path
        Of the student.
    steps : int
        Steps it was trained, of all runs together.
    before, after : dict of str to float
        Retrieval of the held-out English sides by the warm start and by the trained student: `mrr` and
        `mrr_<language>`.
    pairs : dict of str to int
        Pairs trained on, by language.
    skipped : int
        Steps left out because a loss or gradient was not finite.
    """

    languages: list[str]
    folder: Path
    steps: int
    before: dict[str, float]
    after: dict[str, float]
    pairs: dict[str, int]
    skipped: int


def distill(
    recipe: Recipe, output: str | Path, overwrite: bool = False, minutes: float | None = None
) -> Iterator[Distilled]:
    """Train what a recipe describes, or go on where an interrupted run stopped.

    Parameters
    ----------
    output : str or Path
        The student's folder. Checkpoints and logs lie in `<output>.training` beside it.
    overwrite : bool
        Replace a finished student, and forget the checkpoints of another recipe.
    minutes : float, optional
        Train as many steps as fit into this time on this machine, all runs together, in place of `recipe.steps`; the
        count is written down with the student, so that the same student can be made again.

    Yields
    ------
    Distilled
        One a language for packs, else one. A pack is written, and its outcome given, before it is trained as well as
        after.

    Raises
    ------
    OpticalError
        The output exists, the checkpoints there are another recipe's, or the bitext or teacher is unfit.
    """
    output = Path(output)
    folder = output.with_name(f"{output.name}.training")
    if recipe.form == "student":
        refuse_overwrite(output, overwrite)
        yield from _run(recipe, output, folder, overwrite, minutes)
        return
    if not overwrite and (output / FILE).is_file():
        known = [language for language in recipe.bitext if language in read_checkpoint(output).languages]
        if known:
            raise OpticalError(f"{output}: has packs for {', '.join(known)} already; pass --overwrite to replace them")
    for language, files in recipe.bitext.items():
        own = recipe.language_settings.get(language, {})
        single = replace(recipe, bitext={language: files}, language_settings={}, **own)
        yield from _run(single, output, folder / language, overwrite, minutes)


def _run(recipe: Recipe, output: Path, folder: Path, overwrite: bool, minutes: float | None) -> Iterator[Distilled]:
    with _first_process_first():
        _claim_folder(recipe, folder, overwrite)
    torch.manual_seed(recipe.seed)
    setup = set_up(recipe)
    before = setup.held_out.measure(setup.student)
    first_process = os.environ.get("RANK", "0") == "0"
    if recipe.form == "pack" and (minutes or recipe.steps) and first_process:
        outcome = Distilled(list(recipe.bitext), output, 0, before, before, setup.pairs, 0)
        write_student(recipe, setup, output, _notes(outcome, setup), overwrite)
        yield outcome
        overwrite = True
    if minutes is not None:
        with _first_process_first():
            recipe = replace(recipe, steps=_count_steps(recipe, setup, folder, minutes))
    steps, skipped = _train(recipe, setup, folder) if recipe.steps else (0, 0)
    after = setup.held_out.measure(setup.student) if recipe.steps else before
    outcome = Distilled(list(recipe.bitext), output, steps, before, after, setup.pairs, skipped)
    if first_process:
        write_student(recipe, setup, output, _notes(outcome, setup), overwrite)
        yield outcome


def _first_process_first() -> AbstractContextManager[Any]:
    """Let the first of several processes go through a block before the others enter it."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return nullcontext()
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available()).main_process_first()


def _train(recipe: Recipe, setup: Setup, folder: Path) -> tuple[int, int]:
    """Train, and say how many steps were taken and how many of them were skipped."""
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


def _count_steps(recipe: Recipe, setup: Setup, folder: Path, minutes: float) -> int:
    """Steps that fit into the time; a run that goes on keeps the count it began with."""
    path = folder / BUDGET
    if path.is_file():
        with open_text(path) as file:
            return int(json.load(file)["steps"])
    seconds = setup.time_step(recipe)
    steps = max(1, int(minutes * 60 / seconds / recipe.runs))
    with write_file(path) as file:
        json.dump({"minutes": minutes, "seconds_a_step": round(seconds, 3), "steps": steps}, file)
    return steps


def _notes(outcome: Distilled, setup: Setup) -> dict[str, Any]:
    scores = {"before": outcome.before, "after": outcome.after}
    return {
        "steps": outcome.steps,
        "skipped_steps": outcome.skipped,
        "pairs": outcome.pairs,
        "sources": setup.sources,
        "held_out_mrr": {
            moment: {name: round(value, 4) for name, value in each.items()} for moment, each in scores.items()
        },
    }


def _claim_folder(recipe: Recipe, folder: Path, overwrite: bool) -> None:
    """Make the folder of checkpoints, or see that those in it are this recipe's."""
    kept = folder / RECIPE
    if folder.exists() and not (kept.is_file() and _resolved(read_recipe(kept)) == _resolved(recipe)):
        if not overwrite:
            raise OpticalError(f"{folder}: holds checkpoints of another recipe; pass --overwrite to forget them")
        shutil.rmtree(folder)
    if not kept.is_file():
        write_recipe(kept, recipe)


def _resolved(recipe: Recipe) -> Recipe:
    bitext = {language: [str(Path(name).resolve()) for name in names] for language, names in recipe.bitext.items()}
    return replace(recipe, bitext=bitext)
