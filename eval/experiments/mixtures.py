"""Monolingual and cross-lingual batches, mixed: which mixture helps which kind of retrieval.

    python eval/experiments/mixtures.py --collection lowres-mxls --work FOLDER
    python eval/experiments/mixtures.py --collection lowres-mxls --work FOLDER --table eval/experiments/mixtures.md

The question of Elmahdy, Lin and Ahmad (arXiv 2408.10536), asked of language packs: English, Swahili, Somali and French
have a table of embeddings each, all four trained together under the teacher's frozen layers, from the warm start, by
the contrastive loss of that paper (InfoNCE with the other pairs of the batch as negatives, here in both directions). A
batch is of two languages: a sentence is to find its translation, be it between English and a language or between two
others; or of one: a sentence is to find itself, split into other subwords. A trained cell is a file of ranks in the
work folder, which is not made again; `--table` puts the tables of the cells between the marks of a page.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from documents import rank_relevant, read_texts
from transformers import get_linear_schedule_with_warmup

from pyserini_optical.bitext import load_bitext
from pyserini_optical.bitext.normalisation import normalise_text
from pyserini_optical.distillation.batches import plan_batches
from pyserini_optical.distillation.corpus import tokenise
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.losses.infonce import BitextInfoNceLoss
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.recipe_files import read_recipe
from pyserini_optical.distillation.subword_dropout import prepare_dropout
from pyserini_optical.distillation.teacher import load_teacher
from pyserini_optical.distillation.transformer_encoder import JoinedEmbedding, TransformerEncoder
from pyserini_optical.distillation.validation import encode_pooled
from pyserini_optical.distillation.vocabulary import wrap_vocabulary
from pyserini_optical.encoder.packs import read_pack
from pyserini_optical.encoder.quantisation import restore_rows
from pyserini_optical.encoder.subwords import find_borrowed
from pyserini_optical.evaluation.significance import compare, correct_holm
from pyserini_optical.evaluation.tables import Grid, TableCell, to_markdown
from pyserini_optical.files import write_file
from pyserini_optical.shipped import shipped

FOREIGN = ("swa", "som", "fra")
LANGUAGES = ("eng", *FOREIGN)
SHARES, SEEDS = (0.0, 0.25, 0.5, 0.75, 1.0), (1, 2, 3)
SHORTEST, LONGEST = 4, 16
"""English words: what is shorter is a term or a name, what is longer takes long to train on."""
KINDS = ("monolingual", "cross-lingual", "multilingual", "rank distance")
DIRECTIONS = ("eng → eng", "fra → fra", "swa → swa", "som → som", "eng → swa", "swa → eng", "swa → som", "som → swa")
BATCH, MAX_TOKENS, WARMUP, LEARNING_RATE, DROPOUT = 32, 40, 6, 2e-3, 0.1
LONGEST_PASSAGE = 256  # tokens, the teacher's
MARKS = "<!-- tables -->", "<!-- end of the tables -->"


Batch = tuple[list[str], list[tuple[str, str]]]  # two languages, and pairs of sentences


@dataclass(frozen=True)
class Reader:
    """A language's encoder, its tokenizer, and its translations of English sentences."""

    encoder: TransformerEncoder
    tokenizer: Any
    sentences: dict[str, str]


def read_sentences() -> dict[str, dict[str, str]]:
    """Read each language's translations of English sentences, which are English's own."""
    sentences: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for language in FOREIGN:
        for pair in load_bitext([shipped(f"encoders/bitext/{language}.tsv.gz")], language).pairs:
            if SHORTEST <= len(pair.english.split()) <= LONGEST:
                sentences[language].setdefault(pair.english, normalise_text(pair.foreign))
                sentences["eng"].setdefault(pair.english, pair.english)
    return sentences


def open_reader(language: str, folder: Path, sentences: dict[str, str], bf16: bool) -> Reader:
    """Open a language's pack, or the teacher for English, with its embeddings to be trained and its layers frozen."""
    teacher = load_teacher(Recipe({language: []}))
    encoder, tokenizer = teacher.encoder, teacher.tokenizer
    if language != "eng":
        rows, scales, own = read_pack(folder, language)
        borrowed = encoder.embeddings.weight[find_borrowed(own, len(rows), tokenizer.get_vocab())]
        tokenizer = wrap_vocabulary(own.get_vocab(), tokenizer)
        trained = torch.from_numpy(restore_rows(rows, scales))
        encoder.model.set_input_embeddings(JoinedEmbedding(trained, borrowed, encoder.embeddings.padding_idx))
    encoder.freeze_layers()
    if bf16:
        encoder.model.set_attn_implementation("eager")  # fused attention is slow in bf16, backward
    return Reader(encoder, tokenizer, sentences)


def draw_batches(readers: dict[str, Reader], share: float, steps: int, seed: int) -> Iterator[Batch]:
    """Draw the batches of a run; of `share` of them the two languages are one."""
    plans = []
    for languages in (list(combinations(readers, 2)), [(language, language) for language in readers]):
        sides = {" ".join(each): [readers[code].sentences for code in each] for each in languages}
        pairs = {name: [(a[key], b[key]) for key in a if key in b] for name, (a, b) in sides.items()}
        lengths = {name: [len(first) for first, _ in each] for name, each in pairs.items()}
        plans.append((pairs, iter(plan_batches(lengths, steps, BATCH, temperature=0, seed=seed))))
    for monolingual in np.random.default_rng(seed).permutation(np.arange(steps) < round(share * steps)):
        pairs, plan = plans[int(monolingual)]
        batch = next(plan)
        yield batch.language.split(), [pairs[batch.language][row] for row in batch.rows]


def train(readers: dict[str, Reader], share: float, steps: int, seed: int) -> None:
    """Train the embeddings of all languages together."""
    tables = [reader.encoder.embeddings.weight for reader in readers.values()]
    optimizer = torch.optim.AdamW(tables, LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, steps)
    loss, random = BitextInfoNceLoss(), np.random.default_rng((1, seed))
    for languages, pairs in draw_batches(readers, share, steps, seed):
        sides = []
        for reader, texts in zip((readers[code] for code in languages), zip(*pairs, strict=True), strict=True):
            words = prepare_dropout(texts, reader.tokenizer, MAX_TOKENS, DROPOUT)
            tokens = words.vary(tokenise(texts, reader.tokenizer, MAX_TOKENS), range(len(texts)), random)
            sides.append(reader.encoder(**tokens.pad(range(len(texts)))))
        (loss(*sides).loss + loss(*reversed(sides)).loss).backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)


def rank(readers: dict[str, Reader], collection: Path) -> dict[str, list[Any]]:
    """Rank every language's queries over each language's passages, and over those of all languages in one pool."""
    vectors = {}
    for language, reader in readers.items():
        spell = str if language == "eng" else normalise_text
        sides = ([spell(text) for text in texts] for texts in read_texts(language, collection))
        tokens = [tokenise(texts, reader.tokenizer, LONGEST_PASSAGE) for texts in sides]
        vectors[language] = [encode_pooled(reader.encoder, each).numpy() for each in tokens]
    pool = np.concatenate([passages for _, passages in vectors.values()])
    scores = [queries @ pool.T for queries, _ in vectors.values()]
    parts = ((part for part in np.split(each, len(vectors), axis=1)) for each in scores)
    single = [[rank_relevant(part, 1)[:, 0].tolist() for part in each] for each in parts]
    return {"single": single, "pool": [rank_relevant(each, len(vectors)).tolist() for each in scores]}


def make_cells(options: argparse.Namespace) -> None:
    """Rank with the warm start, with the packs that ship and with every trained student, where it was not done."""
    recipe, warm = read_recipe(shipped("encoders/optical/recipe.yaml")), options.work / "warm"
    if not (warm / "fra").is_dir():
        bitext = {language: recipe.bitext[language] for language in FOREIGN}
        list(distill(replace(recipe, bitext=bitext, steps=0, language_settings={}), warm, overwrite=True))
    sentences = read_sentences()
    cells: dict[str, Any] = {"warm": (warm, None), "shipped": (shipped("encoders/optical"), None)}
    cells |= {
        f"{share:g}-{seed}": (warm, (share, options.steps, seed))
        for seed, share in product(options.seeds, options.shares)
    }
    for name, (folder, training) in cells.items():
        path, started = options.work / f"{name}.json", time.process_time()
        if path.is_file():
            continue
        readers = {language: open_reader(language, folder, own, options.bf16) for language, own in sentences.items()}
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            if training:
                train(readers, *training)
            ranks = rank(readers, options.collection)
        with write_file(path) as file:
            json.dump(ranks | {"steps": options.steps, "cpu seconds": time.process_time() - started}, file)


def score_cell(path: Path) -> dict[str, np.ndarray]:
    """Score a cell query by query, (queries,), each the mean over the languages or directions."""
    cell = json.loads(path.read_text())
    single, pool = np.array(cell["single"]), np.sort(np.array(cell["pool"]), axis=2)
    reciprocal = np.where(single <= 10, 1 / single, 0)
    own = np.eye(len(single), dtype=bool)
    return {
        "monolingual": reciprocal[own].mean(0),
        "cross-lingual": reciprocal[~own].mean(0),
        "multilingual": (np.arange(1, len(single) + 1) / pool).mean(2).mean(0),
        "rank distance": (pool[:, :, -1] - pool[:, :, 0]).mean(0).astype(float),
        **{f"{LANGUAGES[row]} → {LANGUAGES[column]}": reciprocal[row, column] for row, column in np.ndindex(own.shape)},
    }


def list_tables(options: argparse.Namespace) -> str:
    """Write the tables of the cells that are there."""
    warm, shipped_packs = ([score_cell(options.work / f"{name}.json")] for name in ("warm", "shipped"))
    cells = {
        f"{share:g}": [score_cell(options.work / f"{share:g}-{seed}.json") for seed in options.seeds]
        for share in options.shares
    }
    rows = {"warm start, before training": warm} | cells | {"the packs that ship": shipped_packs}
    mixed = {share: each for share, each in cells.items() if share != "0"}
    grids = [
        list_means(rows, KINDS),
        list_tests(mixed, cells["0"], "share 0"),
        list_tests(cells, warm, "the warm start"),
        list_means(rows, DIRECTIONS),
    ]
    return "\n".join(map(to_markdown, grids))


def list_means(rows: dict[str, list[dict[str, np.ndarray]]], columns: Sequence[str]) -> Grid:
    """Mean and standard deviation over the seeds."""

    def summarise(column: str, cells: list[dict[str, np.ndarray]]) -> TableCell:
        values, digits = [each[column].mean() for each in cells], 1 if column == "rank distance" else 3
        spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 and columns == KINDS else ""
        return TableCell(f"{np.mean(values):.{digits}f}{spread}")

    cells = tuple((TableCell(row), *(summarise(column, each) for column in columns)) for row, each in rows.items())
    return Grid("", ("monolingual share", *columns), cells)


def list_tests(rows: dict[str, list[dict[str, np.ndarray]]], base: list[dict[str, np.ndarray]], name: str) -> Grid:
    """Differences of queries' means over the seeds, with p of the randomisation test after Holm's correction."""

    def gather(cells: list[dict[str, np.ndarray]], kind: str) -> dict[str, float]:
        return {str(query): score for query, score in enumerate(np.mean([each[kind] for each in cells], axis=0))}

    found = [[compare(gather(each, kind), gather(base, kind)) for kind in KINDS] for each in rows.values()]
    corrected = iter(correct_holm([each.randomisation for row in found for each in row]))
    cells = (
        [TableCell(f"{one.difference:+.3f}, p {p:.3f}", p < 0.05) for one, p in zip(row, corrected, strict=False)]
        for row in found
    )
    lines = tuple((TableCell(share), *row) for share, row in zip(rows, cells, strict=True))
    return Grid("", (f"difference to {name}", *KINDS), lines)


def main() -> None:
    """Make the cells, or the tables of those that are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--shares", nargs="+", type=float, default=SHARES)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--bf16", action="store_true", help="on a processor that has it (avx512_bf16, amx_bf16)")
    parser.add_argument("--table", type=Path, help="page to put the tables of the finished cells into")
    options = parser.parse_args()
    if options.table is None:
        return make_cells(options)
    before, _, rest = options.table.read_text(encoding="utf-8").partition(MARKS[0])
    tables = f"{MARKS[0]}\n\n{list_tables(options)}\n{MARKS[1]}"
    options.table.write_text(before + tables + rest.partition(MARKS[1])[2], encoding="utf-8")


if __name__ == "__main__":
    main()
