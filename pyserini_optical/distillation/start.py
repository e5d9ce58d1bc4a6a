"""The start of training: the teacher's layers with a new vocabulary, or any encoder."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from pyserini_optical.bitext import Pair
from pyserini_optical.bitext.normalisation import normalise_text
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.teacher import FrozenTeacher
from pyserini_optical.distillation.transformer_encoder import (
    JoinedEmbedding,
    TransformerEncoder,
    freeze_unused,
    load_model,
)
from pyserini_optical.distillation.trim import trim_vocabulary
from pyserini_optical.distillation.vocabulary import can_join, gather_words, join_vocabulary, learn_vocabulary
from pyserini_optical.distillation.warm_start import warm_start
from pyserini_optical.encoder.head import Head
from pyserini_optical.encoder.teacher import teacher_folder
from pyserini_optical.encoder.teacher_tokenizer import load_tokenizer
from pyserini_optical.errors import OpticalError

WARM = "warm"


def start_student(
    recipe: Recipe, training: Mapping[str, list[Pair]], teacher: FrozenTeacher
) -> tuple[TransformerEncoder, Any]:
    """Make the student that training begins with.

    Parameters
    ----------
    training : mapping of str to list of Pair
        Bitext by language, without the held-out pairs.

    Returns
    -------
    student : TransformerEncoder
    tokenizer : transformers.PreTrainedTokenizerFast
    """
    if recipe.start == WARM:
        model, tokenizer = _start_warm(recipe, training, teacher)
        head = deepcopy(teacher.encoder.head)
        if head is not None:
            head.requires_grad_(recipe.frozen == "none")
    else:
        home = teacher_folder(recipe.start)
        model, tokenizer = load_model(home), load_tokenizer(home)
        if recipe.trim:
            prefix = teacher.settings.query_prefix
            texts = (
                prefix + text for kept in training.values() for pair in kept for text in (pair.foreign, pair.english)
            )
            tokenizer = trim_vocabulary(model, tokenizer, texts)
        width, wanted = model.config.hidden_size, teacher.encoder.dimension
        head = None if width == wanted else Head(width, wanted)
    if recipe.layers is not None:
        keep_first_layers(model, recipe.layers)
    student = TransformerEncoder(model, head, teacher.settings.pooling, teacher.encoder.unpooled)
    if recipe.frozen == "layers":
        student.freeze_layers()
    return student, tokenizer


def _start_warm(recipe: Recipe, training: Mapping[str, list[Pair]], teacher: FrozenTeacher) -> tuple[Any, Any]:
    pairs = [pair for kept in training.values() for pair in kept]
    foreign = (pair.foreign for pair in pairs)
    kept = teacher.kept_subwords
    keeps_english = recipe.english_share > 0 and recipe.join and can_join(teacher.tokenizer)
    learn = gather_words if keeps_english else learn_vocabulary
    learned = learn(foreign, recipe.vocab_size, teacher.tokenizer, kept=kept)
    tokenizer = join_vocabulary(learned, teacher.tokenizer) if recipe.join else learned
    source = teacher.encoder.embeddings
    embeddings = warm_start(
        [*pairs, *draw_english(pairs, recipe.english_share, recipe.seed)],
        tokenizer,
        teacher.tokenizer,
        source.weight.float().cpu().numpy(),
        len(learned),
        kept=kept,
    )
    model = deepcopy(teacher.encoder.model).requires_grad_(True)
    freeze_unused(model)
    own = len(learned) if recipe.form == "pack" else len(tokenizer)
    rows = torch.from_numpy(embeddings)
    model.set_input_embeddings(JoinedEmbedding(rows[:own].clone(), rows[own:], source.padding_idx))
    model.config.vocab_size = len(tokenizer)
    return model, tokenizer


def draw_english(pairs: Sequence[Pair], share: float, seed: int) -> list[Pair]:
    """Draw pairs with English on both sides, so that a subword of both languages starts between its two meanings.

    Parameters
    ----------
    pairs : sequence of Pair
        The bitext.
    share : float
        Share of English pairs, 0 to 1, as among the training batches.

    Returns
    -------
    list of Pair
        At most as many as in the bitext.
    """
    count = len(pairs) if share >= 0.5 else round(len(pairs) * share / (1 - share))
    chosen = np.random.default_rng(seed).choice(len(pairs), size=count, replace=False)
    return [replace(pairs[number], foreign=normalise_text(pairs[number].english)) for number in chosen.tolist()]


def keep_first_layers(model: Any, layers: int) -> None:
    """Keep only the first layers of an encoder.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        BERT-like: `encoder.layer` is a list of layers.

    Raises
    ------
    OpticalError
        The model has fewer layers, or its layers cannot be found.
    """
    stack = getattr(getattr(model, "encoder", None), "layer", None)
    if stack is None or not 1 <= layers <= len(stack):
        found = "none" if stack is None else str(len(stack))
        raise OpticalError(f"recipe: layers is {layers}, but the encoder has only {found} layers")
    model.encoder.layer = stack[:layers]
    model.config.num_hidden_layers = layers
