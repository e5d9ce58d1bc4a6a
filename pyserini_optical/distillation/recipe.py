"""A recipe: everything that decides what a training run makes, in one readable file."""

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
    """What a training run makes and how.

    Attributes
    ----------
    bitext : dict of str to list of str
        ISO 639-3 code -> bitext files.
    english, foreign : str
        Name or number of the English and of the foreign column, key or language in the bitext files, where it is not
        that of the language in one of its spellings.
    on_error : {"stop", "skip"}
        What to do with a malformed line of bitext.
    check_script : bool
        Drop pairs that hold no word in the script of the language.
    source_weights : dict of str to int
        How many times the pairs of a source are taken, by its name in the bitext; 1 for what is not named. Questions
        deserve more than their number when questions will be asked.
    teacher : str
        The frozen English encoder: a folder or a Hugging Face name.
    for_index : str
        One of Pyserini's prebuilt dense indexes: the teacher is its query encoder and reads as that does, see
        :mod:`pyserini_optical.encoder.presets`. Where `teacher` is given too, it says where that encoder lies.
    bits : {8, 4}
        Of a value in a pack's embeddings; 4 halve the file, see :mod:`pyserini_optical.encoder.quantisation`.
    form : {"student", "pack"}
        `student`: one Hugging Face folder for all languages together; `pack`: an embedding table and a tokenizer for
        each language, over the teacher's own layers.
    start : str
        `warm`, the teacher's layers under a new vocabulary (see :mod:`.warm_start`), or an encoder to start from: a
        folder or a Hugging Face name. Where its width is not that of the index, a linear layer is learned behind it.
    trim : bool
        Keep of another encoder's vocabulary what the bitext uses.
    vocab_size : int
        Size of the learned vocabulary (warm start).
    join : bool
        Keep the teacher's own subwords behind the learned ones (warm start): names and English words are then read as
        the teacher reads them. A pack does not store these and does not train them.
    subword_dropout : float
        Probability, 0 to 1, that a subword is not used where it stands in the foreign side of a training pair, and
        shorter ones are (warm start), see :mod:`.subword_dropout`.
    layers : int or None
        Keep only the first layers; None: all.
    frozen : {"none", "layers"}
        `layers`: train the embeddings alone, which makes a language pack possible.
    loss : str
        `ot+pooled`, `ot`, `pooled`, `pooled-mse`, `greedy` or `infonce`, see
        :mod:`pyserini_optical.distillation.losses`.
    loss_options : dict
        Its options.
    english_share : float
        Share of batches with English on both sides, 0 to 1. Above 0 and with `join`, the vocabulary that is learned is
        one of whole words, so that English is split as the teacher splits it.
    temperature : float
        Exponent of the languages' sizes when one is drawn, 0 to 1.
    steps : int
        Optimiser steps; 0 leaves the student as the warm start makes it.
    language_settings : dict of str to dict
        Settings of single packs, where they differ from the others': `{hau: {runs: 2}}`.
    runs : int
        Runs of so many steps from the same start, each over the pairs in another order; the student's weights are the
        average of theirs (Wortsman et al., "Model soups", ICML 2022, equation 1 with one learning rate).
    batch_size : int
        Pairs per step and process.
    accumulation : int
        Batches per step.
    max_tokens : int
        Longest side, in tokens, special ones included; what is beyond is cut.
    embedding_lr, layer_lr : float
        Peak learning rates; both fall linearly to 0 after a warm-up.
    warmup : int
        Steps of warm-up.
    weight_decay : float
        Of the layers; embeddings have none.
    precision : {"float32", "bf16", "fp16"}
        Floating point numbers of the student's forward pass; the transport is always solved in float64.
    held_out : int
        Pairs per language kept out of training to measure retrieval of the English side.
    evaluate_every : int
        Steps between two such measurements, and between two checkpoints.
    patience : int
        Measurements without a better one before training stops; 0: never.
    bad_steps : int
        Steps with a non-finite loss that are skipped before the run is stopped.
    report_to : {"none", "tensorboard"}
        Where the log goes, beside `log.csv`.
    seed : int
        Of the order of the pairs, of what is held out and of new weights.
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
        """Refuse settings that cannot be meant."""
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
                "recipe: foreign names the column of one language; train several from files that name it"
            )
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise OpticalError(
                    f"recipe: {name} is {getattr(self, name)!r}; it must be one of {', '.join(map(str, allowed))}"
                )
        if self.language_settings and self.form != "pack":
            raise OpticalError("recipe: language_settings are for packs; a student of all languages has one setting")
        if self.subword_dropout and (self.start != "warm" or self.loss_options.get("mass") == "idf"):
            raise OpticalError(
                "recipe: subword_dropout splits words by a vocabulary that is learned here, into subwords whose "
                "frequency nobody counted: start must be warm, and mass not idf"
            )
        if self.form == "pack" and (self.start != "warm" or self.frozen != "layers" or self.layers is not None):
            raise OpticalError(
                "recipe: a pack keeps the teacher's layers: start must be warm, frozen layers, layers unset"
            )
