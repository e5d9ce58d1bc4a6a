"""From a recipe to a student: read, split, start, train, write."""

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from pyserini_optical.bitext import Pair, Rules, clean, read_sources
from pyserini_optical.distillation.batches import plan_batches
from pyserini_optical.distillation.corpus import PlannedBatches, Tokens, distractors, hold_out, tokenise
from pyserini_optical.distillation.losses import make_loss
from pyserini_optical.distillation.output import write_student
from pyserini_optical.distillation.recipe import Recipe, read_recipe, write_recipe
from pyserini_optical.distillation.start import start_student
from pyserini_optical.distillation.token_encoder import TokenEncoder, load_model, load_tokenizer
from pyserini_optical.distillation.validation import HeldOut
from pyserini_optical.encoder import read_checkpoint, teacher_folder
from pyserini_optical.encoder.checkpoint import FILE
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import refuse_overwrite

logger = logging.getLogger(__name__)

RECIPE = "recipe.yaml"


@dataclass(frozen=True)
class Outcome:
    """What a run made.

    Attributes
    ----------
    languages : list of str
    folder : Path
        Of the student.
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
    before: dict[str, float]
    after: dict[str, float]
    pairs: dict[str, int]
    skipped: int


def distill(recipe: Recipe, output: str | Path, overwrite: bool = False) -> list[Outcome]:
    """Train what a recipe describes, or go on where an interrupted run stopped.

    Parameters
    ----------
    recipe : Recipe
    output : str or Path
        The student's folder. Checkpoints and logs lie in `<output>.training` beside it.
    overwrite : bool
        Replace a finished student, and forget the checkpoints of an earlier run.

    Returns
    -------
    list of Outcome
        One a language for packs, else one.

    Raises
    ------
    OpticalError
        The output exists, the checkpoints there are another recipe's, or the bitext or teacher is unfit.
    """
    output = Path(output)
    if recipe.form == "student":
        refuse_overwrite(output, overwrite)
        return [_run(recipe, output, output.with_name(f"{output.name}.training"), overwrite)]
    outcomes = []
    for language, files in recipe.bitext.items():
        if (output / FILE).is_file() and language in read_checkpoint(output).languages and not overwrite:
            raise OpticalError(f"{output}: has a pack for {language} already; pass --overwrite to replace it")
        single = replace(recipe, bitext={language: files})
        outcomes.append(_run(single, output, output.with_name(f"{output.name}.training") / language, overwrite))
    return outcomes


def _run(recipe: Recipe, output: Path, folder: Path, overwrite: bool) -> Outcome:
    _claim_folder(recipe, folder, overwrite)
    torch.manual_seed(recipe.seed)
    pairs = {language: read_pairs(files, language) for language, files in recipe.bitext.items()}
    split = {language: hold_out(kept, recipe.held_out, recipe.seed) for language, kept in pairs.items()}
    training = {language: kept for language, (kept, _) in split.items()}
    teacher_home = teacher_folder(recipe.teacher)
    teacher = TokenEncoder(load_model(teacher_home)).requires_grad_(False)
    teacher_tokenizer = load_tokenizer(teacher_home)
    student, tokenizer = start_student(recipe, training, teacher.model, teacher_tokenizer)

    def foreign_sides(part: Mapping[str, list[Pair]]) -> dict[str, Tokens]:
        return {
            language: tokenise([pair.foreign for pair in kept], tokenizer, recipe.max_tokens)
            for language, kept in part.items()
        }

    def english_sides(part: Mapping[str, list[Pair]], reader: Any) -> dict[str, Tokens]:
        return {
            language: tokenise([pair.english for pair in kept], reader, recipe.max_tokens)
            for language, kept in part.items()
        }

    foreign = foreign_sides(training)
    lengths = {language: [len(ids) for ids in tokens.ids] for language, tokens in foreign.items()}
    count = recipe.steps * recipe.accumulation * int(os.environ.get("WORLD_SIZE", "1"))
    plan = plan_batches(lengths, count, recipe.batch_size, recipe.english_share, recipe.temperature, recipe.seed)
    monolingual = english_sides(training, tokenizer) if recipe.english_share else {}
    batches = PlannedBatches(plan, foreign, english_sides(training, teacher_tokenizer), monolingual)
    apart = {language: kept for language, (_, kept) in split.items() if kept}
    searched = {language: kept + distractors(training[language], recipe.seed) for language, kept in apart.items()}
    held_out = HeldOut(foreign_sides(apart), english_sides(searched, teacher_tokenizer), teacher)
    before = held_out.measure(student)
    logger.info("held-out MRR before training: %.3f", before["mrr"])
    skipped = _train(recipe, student, teacher, batches, held_out, folder) if recipe.steps else 0
    counts = {language: len(kept) for language, kept in training.items()}
    outcome = Outcome(list(recipe.bitext), output, before, held_out.measure(student), counts, skipped)
    if os.environ.get("RANK", "0") == "0":
        sources = {language: count_sources(kept) for language, kept in training.items()}
        write_student(recipe, student, tokenizer, teacher_home, output, _notes(outcome, sources), overwrite)
    return outcome


def _train(
    recipe: Recipe,
    student: TokenEncoder,
    teacher: TokenEncoder,
    batches: PlannedBatches,
    held_out: HeldOut,
    folder: Path,
) -> int:
    """Train, and say how many steps were skipped."""
    from transformers.trainer_utils import get_last_checkpoint

    from pyserini_optical.distillation.trainer import DistillationTrainer

    loss = make_loss(recipe.loss, **recipe.loss_options)
    trainer = DistillationTrainer(recipe, student, teacher, loss, batches, held_out, folder)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(folder)))
    return len(trainer.bad_steps.skipped)


def read_pairs(files: list[str], language: str) -> list[Pair]:
    """Read and clean the bitext of a language.

    Parameters
    ----------
    files : list of str
        As :func:`pyserini_optical.bitext.read_bitext` takes them.
    language : str
        ISO 639-3 code.

    Returns
    -------
    list of Pair

    Raises
    ------
    OpticalError
        Nothing is left after cleaning.
    """
    rules = Rules(language)
    pairs = list(clean(read_sources(files, language), rules))
    if not pairs:
        raise OpticalError(f"{', '.join(files)}: no usable {language} sentence pairs ({dict(rules.dropped)})")
    logger.info("%s: %d pairs kept, dropped %s", language, len(pairs), dict(rules.dropped))
    return pairs


def count_sources(pairs: list[Pair]) -> dict[str, int]:
    """Count pairs by where they come from.

    Parameters
    ----------
    pairs : list of Pair

    Returns
    -------
    dict of str to int
    """
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.source] = counts.get(pair.source, 0) + 1
    return counts


def _notes(outcome: Outcome, sources: dict[str, dict[str, int]]) -> dict[str, Any]:
    scores = {"before": outcome.before, "after": outcome.after}
    rounded = {moment: {name: round(value, 4) for name, value in each.items()} for moment, each in scores.items()}
    return {"pairs": outcome.pairs, "sources": sources, "held_out_mrr": rounded, "skipped_steps": outcome.skipped}


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
