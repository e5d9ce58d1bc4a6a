"""Everything a run needs, made from its recipe: the two encoders, the bitext in tokens, the loss."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from pyserini_optical.bitext import Bitext, Pair, load_bitext
from pyserini_optical.bitext.normalisation import normalise_text
from pyserini_optical.distillation.batches import PlannedBatches, plan_batches
from pyserini_optical.distillation.corpus import Tokens, distractors, hold_out, to_device, tokenise
from pyserini_optical.distillation.losses import compare_states, make_loss, pooling_option
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.start import WARM, start_student
from pyserini_optical.distillation.subword_dropout import SubwordDropout, prepare_dropout
from pyserini_optical.distillation.teacher import FrozenTeacher, load_teacher
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder
from pyserini_optical.distillation.validation import HeldOut
from pyserini_optical.errors import OpticalError

logger = logging.getLogger(__name__)

TIMED_STEPS = 8


@dataclass
class Setup:
    """A run before its first step.

    Attributes
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
        Tokenizer of the student.
    foreign, english, monolingual : dict of str to Tokens
        By language: foreign sides for the student, English sides for the teacher, English sides for the student.
    dropout : dict of str to SubwordDropout
        By language: subword dropout of the foreign sides.
    sources : dict of str to dict of str to int
        Number of training pairs by language and source, including repetitions.
    """

    student: TransformerEncoder
    teacher: FrozenTeacher
    tokenizer: Any
    loss: torch.nn.Module
    foreign: dict[str, Tokens]
    english: dict[str, Tokens]
    monolingual: dict[str, Tokens]
    dropout: dict[str, SubwordDropout]
    held_out: HeldOut
    sources: dict[str, dict[str, int]]

    @property
    def pairs(self) -> dict[str, int]:
        """Training pairs by language."""
        return {language: sum(counts.values()) for language, counts in self.sources.items()}

    def plan(self, recipe: Recipe, run: int = 0) -> PlannedBatches:
        """Plan the batches of a run of `recipe.steps` steps.

        Parameters
        ----------
        run : int
            Number of the run, from 0, of `recipe.runs`; each sees the pairs in another order.
        """
        lengths = {
            language: [
                max(len(foreign), len(english))
                for foreign, english in zip(tokens.ids, self.english[language].ids, strict=True)
            ]
            for language, tokens in self.foreign.items()
        }
        count = recipe.steps * recipe.accumulation * int(os.environ.get("WORLD_SIZE", "1"))
        seed = recipe.seed + run
        plan = plan_batches(lengths, count, recipe.batch_size, recipe.english_share, recipe.temperature, seed)
        weigh = recipe.loss_options.get("mass") == "idf"
        return PlannedBatches(plan, self.foreign, self.english, self.monolingual, weigh, self.dropout, seed)

    def time_step(self, recipe: Recipe) -> float:
        """Measure the time per training step, forward and backward, on this machine.

        Returns
        -------
        float
            Seconds, the mean over a few steps after a first one. Weights are not changed.
        """
        batches = self.plan(replace(recipe, steps=TIMED_STEPS + 1))
        device = next(self.student.parameters()).device
        half = torch.float16 if recipe.precision == "fp16" else torch.bfloat16
        for number in range(TIMED_STEPS + 1):
            batch = {side: to_device(batches[number][side], device) for side in ("student", "teacher")}
            with torch.autocast(device.type, half, enabled=recipe.precision != "float32"):
                with torch.no_grad():
                    target = self.teacher.encoder(**batch["teacher"])
                loss = compare_states(self.loss, self.student(**batch["student"]), target).loss
            loss.backward()
            self.student.zero_grad(set_to_none=True)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if number == 0:
                started = time.perf_counter()
        return (time.perf_counter() - started) / TIMED_STEPS * recipe.accumulation


def set_up(recipe: Recipe, bitext: Mapping[str, Bitext] | None = None) -> Setup:
    """Split the bitext, load the teacher, start the student, both on the device they are trained on.

    Parameters
    ----------
    bitext : mapping of str to Bitext, optional
        Bitext by language, if it is loaded already.

    Raises
    ------
    OpticalError
        The bitext or the teacher is unsuitable.
    """
    bitext = load_recipe_bitext(recipe) if bitext is None else bitext
    # Another encoder's vocabulary was made for unnormalised text; one that is learned here is not.
    spell = normalise_text if recipe.start == WARM else str
    pairs = {
        language: [replace(pair, foreign=spell(pair.foreign)) for pair in each.pairs]
        for language, each in bitext.items()
    }
    split = {language: hold_out(kept, recipe.held_out, recipe.seed) for language, kept in pairs.items()}
    training = {language: weigh_sources(kept, recipe.source_weights) for language, (kept, _) in split.items()}
    apart = {language: kept for language, (_, kept) in split.items() if kept}
    searched = {language: kept + distractors(training[language], recipe.seed) for language, kept in apart.items()}

    device = find_device()
    teacher = load_teacher(recipe)
    teacher.encoder.to(device)
    student, tokenizer = start_student(recipe, training, teacher)
    student.to(device)
    if device.type == "cpu" and recipe.precision == "bf16":
        # On a CPU the backward pass of torch's fused attention in bf16 takes as long as the rest of a step.
        student.model.set_attn_implementation("eager")
        if torch.backends.cpu.get_cpu_capability() == "AVX2":  # measured: 55 times as long
            logger.warning("this processor has no bf16 instructions; float32 is many times faster")
    settings, frame = teacher.settings, teacher.frame
    prefix, longest = settings.query_prefix, min(recipe.max_tokens, settings.max_length)

    def read(
        side: str, part: Mapping[str, list[Pair]], reader: Any, spell: Callable[[str], str] = str
    ) -> dict[str, Tokens]:
        return {
            language: tokenise([spell(getattr(pair, side)) for pair in kept], reader, longest, prefix, frame)
            for language, kept in part.items()
        }

    return Setup(
        student,
        teacher,
        tokenizer,
        make_loss(recipe.loss, **pooling_option(recipe.loss, settings.pooling) | recipe.loss_options),
        foreign=read("foreign", training, tokenizer),
        english=read("english", training, teacher.tokenizer),
        monolingual=read("english", training, tokenizer, spell) if recipe.english_share else {},
        dropout={
            language: prepare_dropout(
                [prefix + pair.foreign for pair in kept], tokenizer, longest, recipe.subword_dropout
            )
            for language, kept in training.items()
            if recipe.subword_dropout
        },
        held_out=HeldOut(
            read("foreign", apart, tokenizer), read("english", searched, teacher.tokenizer), teacher.encoder
        ),
        sources={language: dict(Counter(pair.source for pair in kept)) for language, kept in training.items()},
    )


def find_device() -> torch.device:
    """Find the device that this process trains on.

    Returns
    -------
    torch.device
        A GPU, that of the local rank if there are several processes; else the CPU.
    """
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("cpu")


def weigh_sources(pairs: list[Pair], weights: Mapping[str, int]) -> list[Pair]:
    """Repeat the pairs of some sources, or leave them out.

    Parameters
    ----------
    weights : mapping of str to int
        Source name -> number of repetitions; 1 for other sources.

    Raises
    ------
    OpticalError
        A weight is not a non-negative integer.
    """
    for source, weight in weights.items():
        if not isinstance(weight, int) or weight < 0:
            raise OpticalError(
                f"recipe: the weight of source {source} is {weight!r}; it must be a whole number of at least 0"
            )
    return [pair for pair in pairs for _ in range(weights.get(pair.source, 1))]


def load_recipe_bitext(recipe: Recipe) -> dict[str, Bitext]:
    """Load the bitext of a recipe, by language.

    Raises
    ------
    OpticalError
        A file cannot be read, or nothing of a language is left after cleaning.
    """
    names = recipe.english or None, recipe.foreign or None
    return {
        language: load_bitext(files, language, *names, recipe.on_error, recipe.check_script)
        for language, files in recipe.bitext.items()
    }
