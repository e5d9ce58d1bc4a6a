"""Where a student starts from: the teacher's layers under a new vocabulary, or any encoder."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch

from pyserini_optical.bitext import Pair
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.token_encoder import TokenEncoder, load_model, load_tokenizer
from pyserini_optical.distillation.vocabulary import learn_vocabulary
from pyserini_optical.distillation.warm_start import warm_start
from pyserini_optical.encoder import teacher_folder
from pyserini_optical.errors import OpticalError

WARM = "warm"


def start_student(
    recipe: Recipe, training: Mapping[str, list[Pair]], teacher: Any, teacher_tokenizer: Any
) -> tuple[TokenEncoder, Any]:
    """Make the student that training begins with.

    Parameters
    ----------
    recipe : Recipe
    training : mapping of str to list of Pair
        The bitext, by language, without what is held out.
    teacher : transformers.PreTrainedModel
    teacher_tokenizer : transformers.PreTrainedTokenizerFast

    Returns
    -------
    student : TokenEncoder
    tokenizer : transformers.PreTrainedTokenizerFast
    """
    if recipe.start == WARM:
        model, tokenizer = _start_warm(recipe, training, teacher, teacher_tokenizer)
    else:
        home = teacher_folder(recipe.start)
        model, tokenizer = load_model(home), load_tokenizer(home)
    if recipe.layers is not None:
        keep_first_layers(model, recipe.layers)
    width, wanted = model.config.hidden_size, teacher.config.hidden_size
    student = TokenEncoder(model, None if width == wanted else torch.nn.Linear(width, wanted))
    if recipe.frozen == "layers":
        student.freeze_layers()
    return student, tokenizer


def _start_warm(
    recipe: Recipe, training: Mapping[str, list[Pair]], teacher: Any, teacher_tokenizer: Any
) -> tuple[Any, Any]:
    pairs = [pair for kept in training.values() for pair in kept]
    foreign = (pair.foreign for pair in pairs)
    tokenizer = learn_vocabulary(foreign, recipe.pieces, teacher_tokenizer, join=recipe.join)
    table = teacher.get_input_embeddings().weight.detach().float().cpu().numpy()
    embeddings = warm_start(pairs, tokenizer, teacher_tokenizer, table)
    model = deepcopy(teacher).requires_grad_(True)
    padding = teacher.get_input_embeddings().padding_idx
    model.set_input_embeddings(
        torch.nn.Embedding.from_pretrained(torch.from_numpy(embeddings), freeze=False, padding_idx=padding)
    )
    model.config.vocab_size = len(tokenizer)
    return model, tokenizer


def keep_first_layers(model: Any, layers: int) -> None:
    """Cut an encoder down to its first layers.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        BERT-like: `encoder.layer` is a list of layers.
    layers : int

    Raises
    ------
    OpticalError
        The model has fewer layers, or its layers are not where they are looked for.
    """
    stack = getattr(getattr(model, "encoder", None), "layer", None)
    if stack is None or not 1 <= layers <= len(stack):
        found = "none" if stack is None else str(len(stack))
        raise OpticalError(f"recipe: layers is {layers}, but the encoder has {found} layers to keep from")
    model.encoder.layer = stack[:layers]
    model.config.num_hidden_layers = layers
