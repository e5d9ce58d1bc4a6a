"""Packs between the warm start and where training took them, and beyond: trials that cost no training.

    python eval/experiments/better_packs.py --dense-index D --lucene-index L --work packs [--languages fra ita]

A row of a trial is its warm start and a times what training added to it. The warm start is made again from the bitext,
with the pack's own tokenizer. Each trial is written as a pack, rounded to as many bits as the one that ships, and
searched with as any other: MRR@10 of first sentences (`flores`) and headlines (`ntrex`).
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer
from training import measure, write_report
from transformers import PreTrainedTokenizerFast

from pyserini_optical.distillation.corpus import hold_out
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.recipe_files import read_recipe
from pyserini_optical.distillation.setup import load_recipe_bitext, weigh_sources
from pyserini_optical.distillation.teacher import FrozenTeacher, load_teacher
from pyserini_optical.distillation.vocabulary import ROLES
from pyserini_optical.distillation.warm_start import warm_start
from pyserini_optical.encoder import read_checkpoint
from pyserini_optical.encoder.loading import NORMALISERS, UNBROKEN
from pyserini_optical.encoder.packs import read_pack, write_pack
from pyserini_optical.encoder.quantisation import restore_rows
from pyserini_optical.evaluation.tables import Grid, TableCell
from pyserini_optical.shipped import shipped

KINDS = ("flores", "ntrex")
NO_WORD = 0.6
"""Rows of subwords without a translation are the teacher's average: much shorter than any word."""


@dataclass(frozen=True)
class Rows:
    """A language's embeddings before and after training, each of shape (subwords, d), and how often each was seen."""

    warm: np.ndarray
    trained: np.ndarray
    counts: np.ndarray

    @property
    def moved(self) -> np.ndarray:
        """What training added to each row."""
        return self.trained - self.warm

    def predict(self) -> np.ndarray:
        """What training would have added to each row, had it done to it what it did to the frequent rows near it.

        A ridge regression (30) from the warm row to its displacement, weighted by c / (c + 5).
        """
        word = np.linalg.norm(self.warm, axis=1) > NO_WORD
        weights = np.sqrt(self.trust(5.0)[:, 0]) * word
        inputs = np.concatenate([self.warm, np.ones((len(self.warm), 1), np.float32)], axis=1)
        weighted = inputs * weights[:, None]
        normal = weighted.T @ weighted + 30.0 * np.eye(inputs.shape[1])
        slopes = np.linalg.solve(normal, weighted.T @ (self.moved * weights[:, None]))
        return np.asarray(inputs @ slopes * (self.counts > 0)[:, None], np.float32)

    def trust(self, half: float) -> np.ndarray:
        """From 0 for a subword that was never seen to 1 for frequent ones; a half at `half`."""
        counts = self.counts[:, None].astype(np.float32)
        return np.asarray(counts / (counts + half))


def mix(rows: Rows, a: float) -> np.ndarray:
    """All rows as far along as training took them, times a."""
    return np.asarray(rows.warm + a * rows.moved)


def shrink_to_prediction(rows: Rows, half: float) -> np.ndarray:
    """Rare rows move as the rows near them did, frequent ones as they did."""
    predicted = rows.predict()
    return np.asarray(rows.warm + predicted + rows.trust(half) * (rows.moved - predicted))


TRIALS: dict[str, Callable[[Rows], np.ndarray]] = {
    "ships": lambda rows: rows.trained,
    "warm start": lambda rows: rows.warm,
    **{f"a = {a}": partial(mix, a=a) for a in (0.6, 0.8, 1.2, 1.5, 2.0)},
    "a = c / (c + 3)": lambda rows: rows.warm + rows.trust(3.0) * rows.moved,
    "rare rows as their neighbours": partial(shrink_to_prediction, half=5.0),
}


def read_rows(recipe: Recipe, language: str, teacher: FrozenTeacher) -> tuple[Rows, Tokenizer, int]:
    """Read a pack's rows, and make those it started from again; its tokenizer, and its bits."""
    student = shipped("encoders/optical")
    pack = read_checkpoint(student).languages[language]
    own, scales, tokenizer = read_pack(student, language)
    spell = NORMALISERS[pack.analyzer or UNBROKEN]
    settings = replace(recipe, language_settings={}, **recipe.language_settings.get(language, {}))
    (bitext,) = load_recipe_bitext(replace(settings, bitext={language: recipe.bitext[language]})).values()
    pairs = [replace(pair, foreign=spell(pair.foreign)) for pair in bitext.pairs]
    training = weigh_sources(hold_out(pairs, settings.held_out, settings.seed)[0], settings.source_weights)
    roles = {role: str(getattr(teacher.tokenizer, role)) for role in ROLES}
    reader: Any = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **roles)
    table = teacher.encoder.embeddings.weight.float().numpy()
    warm = warm_start(training, reader, teacher.tokenizer, table, len(own), kept=teacher.kept_subwords)
    ids = reader([pair.foreign for pair in training], add_special_tokens=False)["input_ids"]
    counts = np.bincount(np.concatenate([np.array(each, np.int64) for each in ids]), minlength=len(own))
    return (
        Rows(warm[: len(own)], restore_rows(own, scales), counts[: len(own)]),
        tokenizer,
        4 if scales.ndim == 2 else 8,
    )


def run() -> None:
    """Make the packs, search, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--work", required=True, type=Path, help="packs and runs; used again")
    parser.add_argument("--languages", nargs="+", default=["fra", "ita", "deu", "spa"])
    parser.add_argument("--trials", nargs="+", choices=list(TRIALS), default=list(TRIALS))
    parser.add_argument("--report", default="eval/experiments/better_packs.md")
    options = parser.parse_args()
    recipe = read_recipe(shipped("encoders/optical/recipe.yaml"))
    teacher = load_teacher(recipe)
    base = read_checkpoint(shipped("encoders/optical"))
    dense = ["--dense-index", options.dense_index]
    figures: dict[tuple[str, str, str], float] = {}
    for language in options.languages:
        rows, tokenizer, bits = read_rows(recipe, language, teacher)
        for name in options.trials:
            folder = options.work / name.replace("/", "over").replace(" ", "-")
            write_pack(
                folder,
                language,
                TRIALS[name](rows),
                tokenizer,
                base=replace(base, languages={}, sha256={}),
                overwrite=True,
                analyzer=base.languages[language].analyzer,
                bits=bits,
            )
            flags = ["--language", language, "--encoder", str(folder / language), *dense]
            both = [*flags, "--lucene-index", options.lucene_index, "--table", "optical"]
            for mode, given in (("dense", flags), ("hybrid", both)):
                for kind in KINDS:
                    figures[name, mode, f"{kind}.{language}"] = measure(
                        [f"{kind}.{language}"], mode, folder / "run", given
                    )
    sets = [f"{kind}.{language}" for language in options.languages for kind in KINDS]
    grids = [tabulate(mode, options.trials, sets, figures) for mode in ("dense", "hybrid")]
    write_report(options.report, f"# Better packs\n\n{str(__doc__).splitlines()[0]}", sys.argv, grids)


def tabulate(mode: str, trials: list[str], sets: list[str], figures: dict[tuple[str, str, str], float]) -> Grid:
    """A trial a row, a set a column, and the mean."""
    rows = []
    for name in trials:
        values = [figures[name, mode, each] for each in sets]
        rows.append(tuple(map(TableCell, (name, *(f"{value:.3f}" for value in [*values, float(np.mean(values))])))))
    return Grid(mode, (mode, *sets, "mean"), tuple(rows))


if __name__ == "__main__":
    run()
