"""sentence-transformers' multilingual distillation beside ours: same teacher, bitext, index and minutes of processor.

    python eval/experiments/mse_distillation.py --dense-index D --work FOLDER [--rates 2e-5 ...] [--measure]
    python eval/experiments/mse_distillation.py --dense-index D --work FOLDER --table PAGE

Theirs is `make_multilingual.py` of its documentation (Reimers and Gurevych, EMNLP 2020) by its own trainer: MSELoss
draws a sentence and its translation to the teacher's vector of the English one, all weights are trained, in batches of
64 pairs; documented are 128 tokens, a rate of 2e-5 and a warm-up of a tenth of the steps. Ours is the recipe that
ships, shortened to one run. Each trains as many steps as fit into `--minutes` of processor; `--measure` only times a
step of each, for a machine that is quiet then and busy later. A finished cell is a file in the work folder and is not
made again; `--table` puts the tables of those that are there between the marks of a page. Theirs starts from the
teacher, or from the folder that `--start` names (`eval/baselines/multilingual_e5_small.py`).
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from training import sets_of

from pyserini_optical.bitext import Pair
from pyserini_optical.distillation.corpus import distractors, hold_out
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.recipe_files import read_recipe
from pyserini_optical.distillation.setup import load_recipe_bitext, set_up, weigh_sources
from pyserini_optical.distillation.trainer import DistillationTrainer
from pyserini_optical.distillation.validation import HeldOut, reciprocal_rank
from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER
from pyserini_optical.encoder.teacher import teacher_folder
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.tables import Grid, TableCell, to_markdown
from pyserini_optical.files import write_file
from pyserini_optical.plugin.dense_search import DenseSearcher
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import to_scores
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

BATCH, WARMUP = 64, 0.1
OURS = "ours"
TIMED_PAIRS = 320
REFERENCES = {"ours, as it ships": "student", "the teacher, untranslated": "teacher"}
"""Conditions of `eval/reproduction/matrix.yaml`."""
MARKS = "<!-- tables -->", "<!-- end of the tables -->"


@dataclass(frozen=True)
class Cell:
    """A student of a language: ours, or theirs from a start, of so many tokens, at a learning rate."""

    language: str
    minutes: float
    start: str = OURS
    tokens: int = 0
    rate: float = 0

    @property
    def name(self) -> str:
        """As its files and its row are called."""
        setting = "" if self.start == OURS else f", {self.tokens} tokens, {self.rate:g}"
        return f"{self.start}{setting}, {self.minutes:g} min"

    def path(self, work: Path, kind: str) -> Path:
        """Of its figures, or of the seconds that a step takes, which are those of any rate."""
        return work / f"{self.language}.{self.name if kind == 'figures' else f'{self.start}-{self.tokens}'}.{kind}.json"


def recipe_of(language: str) -> Recipe:
    """The shipped recipe, of one language and one run."""
    recipe = read_recipe(shipped("encoders/optical/recipe.yaml"))
    settings = recipe.language_settings.get(language, {}) | {"runs": 1}
    return replace(recipe, bitext={language: recipe.bitext[language]}, language_settings={}, **settings)


def read_pairs(recipe: Recipe) -> tuple[list[Pair], list[Pair]]:
    """The pairs ours trains on, as often, and those it holds out."""
    (bitext,) = load_recipe_bitext(recipe).values()
    kept, apart = hold_out(bitext.pairs, recipe.held_out, recipe.seed)
    return weigh_sources(kept, recipe.source_weights), apart


def train_theirs(cell: Cell, folder: Path, pairs: Sequence[Pair], steps: int, work: Path) -> tuple[Any, float, float]:
    """Train by MSELoss; the student, and seconds of processor before the first step and for the steps."""
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.losses import MSELoss

    started = time.process_time()
    order = np.random.default_rng(1).permutation(len(pairs))[: steps * BATCH]  # what is not seen needs no vector
    english, foreign = ([getattr(pairs[row], side) for row in order] for side in ("english", "foreign"))
    labels = SentenceTransformer(str(teacher_folder(DEFAULT_TEACHER)), device="cpu").encode(english, batch_size=BATCH)
    student = SentenceTransformer(str(folder), device="cpu")
    student.max_seq_length = cell.tokens
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(work / "trainer"),
        max_steps=steps,
        per_device_train_batch_size=BATCH,
        warmup_steps=WARMUP,
        learning_rate=cell.rate,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        seed=1,
    )
    data = Dataset.from_dict({"english": english, "non_english": foreign, "label": list(labels)})
    trainer = SentenceTransformerTrainer(student, arguments, train_dataset=data, loss=MSELoss(student))
    prepared = time.process_time()
    trainer.train()
    return student, prepared - started, time.process_time() - prepared


def measure(cell: Cell, options: argparse.Namespace) -> dict[str, float]:
    """Processor seconds that are `prepared` before training and that a `step` takes, timed unless they were."""
    path, recipe = cell.path(options.work, "seconds"), recipe_of(cell.language)
    if path.is_file():
        return dict(json.loads(path.read_text()))
    if cell.start == OURS:
        steps = TIMED_PAIRS // recipe.batch_size
        recipe = replace(recipe, steps=steps, evaluate_every=steps + 1)
        started = time.process_time()
        setup, folder = set_up(recipe), options.work / "timed"
        teacher, plan = setup.teacher.encoder, setup.plan(recipe)
        unmeasured = HeldOut({}, {}, teacher)
        trainer = DistillationTrainer(recipe, setup.student, teacher, setup.loss, plan, unmeasured, folder)
        prepared = time.process_time() - started
        trainer.train()
        trained = time.process_time() - started - prepared
    else:
        (pairs, _), steps = read_pairs(recipe), TIMED_PAIRS // BATCH
        _, prepared, trained = train_theirs(cell, options.starts[cell.start], pairs, steps, options.work)
    found = {"prepared": prepared, "step": trained / steps}
    with write_file(path) as file:
        json.dump(found, file)
    return found


def make_cell(cell: Cell, options: argparse.Namespace) -> None:
    """Train a student for the minutes, and search with it."""
    timed = measure(cell, options)
    path, recipe = cell.path(options.work, "figures"), recipe_of(cell.language)
    if options.measure or path.is_file():
        return
    steps, started = round(60 * cell.minutes / timed["step"]), time.process_time()
    pairs, apart = read_pairs(recipe)
    encode: Callable[[list[str]], np.ndarray]
    if cell.start == OURS:
        folder = options.work / cell.name / cell.language
        list(distill(replace(recipe, steps=steps, evaluate_every=steps + 1), folder.parent, overwrite=True))
        prepared, trained = timed["prepared"], time.process_time() - started - timed["prepared"]
        size = sum(each.stat().st_size for each in folder.iterdir())
        encoder = load_query_encoder(str(folder), backend="torch")
        encode = encoder.encode_batch
    else:
        student, prepared, trained = train_theirs(cell, options.starts[cell.start], pairs, steps, options.work)
        size = sum(4 * each.numel() for each in student.parameters())
        encode = partial(student.encode, batch_size=BATCH, normalize_embeddings=True)
    figures = {"name": cell.name, "language": cell.language, "steps": steps, "bytes": size}
    figures |= {"prepared": prepared, "trained": trained}
    figures["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    figures["held out"] = score_held_out(encode, apart, distractors(pairs, recipe.seed))
    figures["mrr"] = {name: score_topics(encode, name, options.dense_index) for name in sets_of(cell.language)}
    with write_file(path) as file:
        json.dump(figures, file)


def score_held_out(encode: Callable[[list[str]], np.ndarray], apart: Sequence[Pair], others: Sequence[Pair]) -> float:
    """Mean reciprocal rank of the teacher's vectors of the English sides, as `distill` measures it."""
    from sentence_transformers import SentenceTransformer

    teacher = SentenceTransformer(str(teacher_folder(DEFAULT_TEACHER)), device="cpu")
    answers = torch.from_numpy(teacher.encode([pair.english for pair in [*apart, *others]]))
    return reciprocal_rank(torch.from_numpy(encode([pair.foreign for pair in apart])), answers)


def score_topics(encode: Callable[[list[str]], np.ndarray], name: str, index: str) -> float:
    """MRR@10 of a topic set, by dense search alone."""
    collection = shipped("eval/lowres-clir")
    topics = read_topics(collection / "topics" / f"{name}.tsv")
    found = DenseSearcher(index, None).batch_search(encode(list(topics.values())), list(topics), 100)
    run = {query: to_scores(hits) for query, hits in found.items()}
    qrels = read_qrels(collection / "qrels" / f"{name.split('.')[0]}.txt")
    return evaluate({query: qrels[query] for query in topics if query in qrels}, run, ["RR@10"]).means["RR@10"]


def list_language(language: str, options: argparse.Namespace) -> Grid:
    """The cells of a language that are there, and the pack that ships."""
    paths = sorted(options.work.glob(f"{language}.*.figures.json"), key=lambda path: path.stat().st_mtime)
    sets, rows = sets_of(language), []
    for cell in (json.loads(path.read_text()) for path in paths):
        retrieval = (f"{cell['mrr'][name]:.3f}" for name in sets)
        cost = (f"{cell['trained'] / 60:.1f}", f"{cell['prepared'] / 60:.1f}", f"{cell['steps']:,}")
        space = (f"{cell['memory'] / 1e9:.1f} GB", f"{cell['bytes'] / 1e6:.0f} MB")
        title = cell["name"] if cell["name"].startswith(OURS) else f"theirs, from the {cell['name']}"
        rows.append((title, f"{cell['held out']:.3f}", *retrieval, *cost, *space))
    known = yaml.safe_load(shipped("eval/reproduction/expected.yaml").read_text(encoding="utf-8"))
    for title, condition in REFERENCES.items():
        retrieval = (f"{known[condition][name]['recip_rank_cut_10']:.3f}" for name in sets)
        rows.append((title, "", *retrieval, *[""] * 5))
    header = (language, "held out", *sets, "trained", "prepared", "steps", "memory", "size")
    return Grid("", header, tuple(tuple(map(TableCell, row)) for row in rows))


def main() -> None:
    """Make the cells, or the tables of those that are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dense-index", required=True, help="Faiss index of lowres-clir, made with the teacher")
    parser.add_argument("--work", type=Path, required=True, help="students, figures and times; used again")
    parser.add_argument("--languages", nargs="+", default=["swa", "som"])
    parser.add_argument("--minutes", nargs="+", type=float, default=[0, 10], help="of processor; 0: ours alone (0 10)")
    parser.add_argument("--rates", nargs="+", type=float, default=[2e-5], help="learning rates of theirs (2e-5)")
    parser.add_argument("--tokens", type=int, default=128, help="longest sentence of theirs (128)")
    parser.add_argument("--start", type=Path, help="folder that theirs starts from, instead of the teacher's")
    parser.add_argument("--measure", action="store_true", help="time a step of each, no more")
    parser.add_argument("--table", type=Path, help="page to put the tables of the finished cells into")
    options = parser.parse_args()
    if options.table is not None:
        before, _, rest = options.table.read_text(encoding="utf-8").partition(MARKS[0])
        tables = "\n".join(to_markdown(list_language(language, options)) for language in options.languages)
        page = f"{before}{MARKS[0]}\n\n{tables}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}"
        options.table.write_text(page, encoding="utf-8")
        return
    options.work.mkdir(parents=True, exist_ok=True)
    name, folder = (
        ("teacher", teacher_folder(DEFAULT_TEACHER)) if options.start is None else (options.start.name, options.start)
    )
    options.starts = {name: folder}
    for language in options.languages:
        theirs = product(filter(None, options.minutes), options.rates)
        cells = [Cell(language, minutes) for minutes in options.minutes]
        for cell in [*cells, *(Cell(language, minutes, name, options.tokens, rate) for minutes, rate in theirs)]:
            with ProcessPoolExecutor(1, get_context("spawn")) as fresh:  # for its own peak of memory
                fresh.submit(make_cell, cell, options).result()


if __name__ == "__main__":
    main()
