"""A recipe: everything that determines the result of a training run, in one readable file."""

from dataclasses import dataclass, field
from typing import Any

from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER
from pyserini_optical.errors import OpticalError

CHOICES = {
    "on_error": ("stop", "skip"),
    "form": ("student", "pack"),
    "frozen": ("none", "layers"),
    "bits": (8, 4),
    "precision": ("float32", "bf16", "fp16"),
    "report_to": ("none", "tensorboard"),
}


@dataclass(frozen=True)
class Recipe:
    """The settings of a training run.

    Attributes
    ----------
    bitext : dict of str to list of str
        ISO 639-3 code -> bitext files.
    english, foreign : str
        Name or number of the English and of the foreign column, key or language in the bitext files, if it is not a
        spelling of the language's name or code.
    on_error : {"stop", "skip"}
        What to do with a malformed line of bitext.
    check_script : bool
        Drop pairs without any word in the script of the language.
    source_weights : dict of str to int
        How many times the pairs of a source are used, by its name in the bitext; 1 for sources not named. Where users
        ask questions, bitext of questions deserves more weight than its size gives it.
    teacher : str
        The frozen English encoder: a folder or a Hugging Face name.
    for_index : str
        Name of a Pyserini prebuilt dense index, whose query encoder becomes the teacher, configured as it is there, see
        :mod:`pyserini_optical.encoder.presets`. If `teacher` is given too, it says where to find that encoder.
    bits : {8, 4}
        Bits per value in a pack's embeddings; 4 halves the file, see :mod:`pyserini_optical.encoder.quantisation`.
    form : {"student", "pack"}
        `student`: one Hugging Face folder for all languages together; `pack`: an embedding table and a tokenizer per
        language, on the teacher's own layers.
    start : str
        `warm`: the teacher's layers under a new vocabulary (see :mod:`.warm_start`); otherwise an encoder to start
        from, as a folder or a Hugging Face name. If its dimension is not that of the index, a linear layer is learned
        on top of it.
    trim : bool
        Reduce another encoder's vocabulary to the part that the bitext uses.
    vocab_size : int
        Size of the learned vocabulary (warm start).
    join : bool
        Append the teacher's own subwords to the learned ones (warm start), so that names and English words are read as
        the teacher reads them. A pack neither stores nor trains these.
    subword_dropout : float
        Probability, 0 to 1, that a subword in the foreign side of a training pair is replaced by shorter ones (warm
        start), see :mod:`.subword_dropout`.
    layers : int or None
        Number of layers to keep, from the first; None: all.
    frozen : {"none", "layers"}
        `layers`: train only the embeddings, which makes a language pack possible.
    loss : str
        `ot+pooled`, `ot`, `pooled`, `pooled-mse`, `greedy` or `infonce`, see
        :mod:`pyserini_optical.distillation.losses`.
    loss_options : dict
        Options of the loss.
    english_share : float
        Share of batches with English on both sides, 0 to 1. Above 0 and with `join`, whole words are learned as the
        vocabulary, so that English is split as the teacher splits it.
    temperature : float
        Exponent of the languages' sizes when a batch's language is drawn, 0 to 1.
    steps : int
        Optimiser steps; 0: leave the student as the warm start makes it.
    language_settings : dict of str to dict
        Settings of single packs that differ from the rest: `{hau: {runs: 2}}`.
    runs : int
        Number of runs from the same start, each over the pairs in a different order; the student's weights are their
        average (Wortsman et al., "Model soups", ICML 2022, equation 1 with one learning rate).
    batch_size : int
        Pairs per step and process.
    accumulation : int
        Batches per step.
    max_tokens : int
        Maximum length of either side in tokens, special tokens included; the rest is cut off.
    embedding_lr, layer_lr : float
        Peak learning rates; both fall linearly to 0 after a warm-up.
    warmup : int
        Steps of warm-up.
    weight_decay : float
        Weight decay of the layers; embeddings have none.
    precision : {"float32", "bf16", "fp16"}
        Floating point type of the student's forward pass; the transport is always solved in float64.
    held_out : int
        Pairs per language held out of training, to measure retrieval of their English sides.
    evaluate_every : int
        Steps between measurements on the held-out pairs, and between checkpoints.
    patience : int
        Measurements without improvement before training stops; 0: never stop early.
    bad_steps : int
        Steps with a non-finite loss that are skipped before the run stops.
    report_to : {"none", "tensorboard"}
        Where to log, in addition to `log.csv`.
    seed : int
        Seed of the order of the pairs, the held-out pairs and new weights.
    """

    bitext: dict[str, list[str]]
    english: str = ""
    foreign: str = ""
    on_error: str = "stop"
    check_script: bool = True
    source_weights: dict[str, int] = field(default_factory=dict)
    teacher: str = DEFAULT_TEACHER
    for_index: str = ""
    bits: int = 8
    form: str = "student"
    start: str = "warm"
    trim: bool = True
    vocab_size: int = 24_000
    join: bool = True
    subword_dropout: float = 0.0
    layers: int | None = None
    frozen: str = "layers"
    loss: str = "ot+pooled"
    loss_options: dict[str, Any] = field(default_factory=dict)
    english_share: float = 0.0
    temperature: float = 0.5
    steps: int = 1500
    language_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: int = 1
    batch_size: int = 32
    accumulation: int = 1
    max_tokens: int = 64
    embedding_lr: float = 2e-3
    layer_lr: float = 1e-4
    warmup: int = 30
    weight_decay: float = 0.01
    precision: str = "float32"
    held_out: int = 300
    evaluate_every: int = 250
    patience: int = 0
    bad_steps: int = 10
    report_to: str = "none"
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that make no sense."""
        if not self.bitext:
            raise OpticalError("recipe: bitext is empty; name a file per language")
        for name in ("runs", "batch_size", "accumulation", "max_tokens", "vocab_size", "evaluate_every"):
            if getattr(self, name) < 1:
                raise OpticalError(f"recipe: {name} is {getattr(self, name)}; it must be at least 1")
        for name in ("english_share", "temperature", "subword_dropout"):
            if not 0 <= getattr(self, name) <= 1:
                raise OpticalError(f"recipe: {name} is {getattr(self, name)}; it must lie between 0 and 1")
        if self.foreign and len(self.bitext) > 1:
            raise OpticalError(
                "recipe: foreign names the column of one language; for several, name the columns by language"
            )
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise OpticalError(
                    f"recipe: {name} is {getattr(self, name)!r}; it must be one of {', '.join(map(str, allowed))}"
                )
        if self.language_settings and self.form != "pack":
            raise OpticalError(
                "recipe: language_settings apply only to packs (form: pack); a student shares its settings"
            )
        if self.subword_dropout and (self.start != "warm" or self.loss_options.get("mass") == "idf"):
            raise OpticalError(
                "recipe: subword_dropout needs a vocabulary learned here, and makes subwords without counted "
                "frequencies: start must be warm, and mass not idf"
            )
        if self.form == "pack" and (self.start != "warm" or self.frozen != "layers" or self.layers is not None):
            raise OpticalError(
                "recipe: a pack keeps the teacher's layers: start must be warm, frozen layers, layers unset"
            )
