"""How much English, and how much bitext.

    python eval/experiments/english_and_bitext.py --dense-index D --lucene-index L --work FOLDER [--part english|bitext]

`english`: one student for several languages, trained with English shares 0, .25, .5 and .75, searched with each of
them and with English. `bitext`: 1,000, 3,000, 10,000 and all pairs of one language: the warm start alone, a structured
query with the table learned from the same pairs, and both fused. What is done is kept in the work folder: an
interrupted run goes on.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console
from training import declare_options, measure, sets_of, train, write_report

from pyserini_optical.bitext import load_bitext
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.rank_distance import rank_distance, relevant_ranks
from pyserini_optical.evaluation.significance import Comparison, compare, correct_holm
from pyserini_optical.evaluation.tables import Grid, TableCell, mark_best, to_rich
from pyserini_optical.files import write_file
from pyserini_optical.lexicon import learn_table
from pyserini_optical.qrels import Qrels, read_qrels
from pyserini_optical.runs import Run, read_run
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

SHARES = (0.0, 0.25, 0.5, 0.75)
AMOUNTS = (1000, 3000, 10_000, None)


def compare_shares(options: argparse.Namespace) -> list[Grid]:
    """One student for all languages, at each English share: scores, and each share beside the first one."""
    bitext = {language: [bitext_of(language)] for language in options.languages}
    columns = [*options.languages, "eng"]
    english = sorted({name.split(".")[0] + ".eng" for code in options.languages for name in sets_of(code)})
    names = {code: sets_of(code) for code in options.languages} | {"eng": [n for n in english if n in sets_of("eng")]}
    found, differences = [], []
    first: dict[str, dict[str, float]] = {}
    for share in options.shares:
        recipe = Recipe(
            bitext,
            start="warm",
            join=True,
            frozen="none",
            english_share=share,
            steps=options.steps,
            batch_size=options.batch_size,
            held_out=options.held_out,
            max_tokens=40,
            evaluate_every=max(1, options.steps),
        )
        folder = options.work / f"english-{share:g}"
        train(recipe, folder)
        flags = ["--dense-index", options.dense_index, "--encoder", str(folder)]
        found.append([measure(names[column], "dense", folder, flags) for column in columns])
        scores = {column: score_queries(names[column], folder) for column in columns}
        first = first or scores
        differences.append((share, [compare(scores[column], first[column]) for column in columns], folder))
    cells = zip(*(mark_best(column, 3) for column in zip(*found, strict=True)), strict=True)
    rows = tuple((TableCell(f"{share:g}"), *row) for share, row in zip(options.shares, cells, strict=True))
    means = Grid("English share of a joint student, MRR@10", ("English share", *columns), rows)
    corrected = iter(correct_holm([each.randomisation for _, row, _ in differences[1:] for each in row]))
    beside = tuple(
        (
            TableCell(f"{share:g}"),
            *(describe(each, next(corrected)) for each in row),
            TableCell(f"{distance(folder, columns):.1f}"),
        )
        for share, row, folder in differences[1:]
    )
    first_distance = TableCell(f"{distance(differences[0][2], columns):.1f}")
    beside = ((TableCell(f"{options.shares[0]:g}"), *(TableCell("") for _ in columns), first_distance), *beside)
    title = "Difference to the first share over all queries, 95 % interval, p after Holm; rank distance of headlines"
    return [means, Grid(title, ("English share", *columns, "rank distance"), beside)]


def score_queries(names: Sequence[str], folder: Path) -> dict[str, float]:
    """MRR@10 of every query of some sets, from the kept runs."""
    found = {}
    for name in names:
        asked = judged_queries(name)
        each = evaluate(asked, kept_run(name, folder), ["mrr@10"]).per_query["mrr@10"]
        found |= {f"{name.split('.')[0]}/{query}": score for query, score in each.items()}
    return found


def describe(each: Comparison, p: float) -> TableCell:
    """A difference in a cell."""
    return TableCell(f"{each.difference:+.3f} ({each.low:+.3f} to {each.high:+.3f}), p {p:.3f}")


def distance(folder: Path, columns: Sequence[str]) -> float:
    """Rank distance over the languages of `ntrex`, whose queries are parallel."""
    names = {column: f"ntrex.{column}" for column in columns}
    return rank_distance({c: relevant_ranks(judged_queries(n), kept_run(n, folder)) for c, n in names.items()})


def judged_queries(name: str) -> Qrels:
    """Judgements of the queries of one set in one language."""
    collection = shipped("eval/lowres-clir")
    topics = read_topics(collection / "topics" / f"{name}.tsv")
    qrels = read_qrels(collection / "qrels" / f"{name.split('.')[0]}.txt")
    return {query: judged for query, judged in qrels.items() if query in topics}


def kept_run(name: str, folder: Path) -> Run:
    """The run that :func:`trial.measure` kept."""
    return read_run(folder.with_name(f"{folder.name}.{name}.dense.txt"))


def compare_amounts(options: argparse.Namespace) -> list[Grid]:
    """The warm start, the table, and both, from more and more pairs."""
    language = options.languages[0]
    rows = []
    for amount in options.amounts:
        name = "all" if amount is None else str(amount)
        path = options.work / f"{language}-{name}.tsv"
        if not path.is_file():
            pairs = list(islice(shuffled(bitext_of(language), language), amount))
            with write_file(path) as file:
                file.write(f"source\tid\teng\t{language}\n")
                for pair in pairs:
                    file.write(f"{pair.source}\t{pair.line}\t{pair.english}\t{pair.foreign}\n")
        table = options.work / f"table-{name}"
        if not table.is_dir():
            learn_table(load_bitext([path], language).pairs, language).save(table)
        folder = options.work / f"bitext-{name}"
        train(Recipe({language: [str(path)]}, form="pack", steps=0, held_out=options.held_out, max_tokens=40), folder)
        flags = ["--dense-index", options.dense_index, "--lucene-index", options.lucene_index, "--table", str(table)]
        flags += ["--encoder", str(folder / language), "--language", language]
        scores = [measure(sets_of(language), mode, folder, flags) for mode in ("dense", "psq", "hybrid")]
        rows.append((TableCell(name), *(TableCell(f"{score:.3f}") for score in scores)))
    header = ("pairs", "dense, warm start", "structured query", "hybrid")
    return [Grid(f"Amount of bitext, {language}, MRR@10", header, tuple(rows))]


def bitext_of(language: str) -> str:
    """The repository's bitext of a language."""
    return str(shipped(f"encoders/bitext/{language}.tsv.gz"))


def shuffled(path: str, language: str) -> list:
    """Pairs in an order that has nothing to do with their sources, the same every time."""
    import numpy as np

    pairs = load_bitext([path], language).pairs
    return [pairs[number] for number in np.random.default_rng(1).permutation(len(pairs))]


PARTS = {"english": compare_shares, "bitext": compare_amounts}


def run() -> None:
    """Make the parts asked for, and report them."""
    parser = declare_options("How much English, how much bitext?", "eval/experiments/english_and_bitext.md")
    parser.add_argument("--lucene-index", required=True, help="Lucene index of lowres-clir")
    parser.add_argument("--languages", nargs="+", default=["som", "hau"], help="ISO 639-3 codes; bitext: the first")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--shares", nargs="+", type=float, default=SHARES)
    parser.add_argument("--amounts", nargs="+", type=lambda text: None if text == "all" else int(text), default=AMOUNTS)
    options = parser.parse_args()
    grids = [grid for part in options.part for grid in PARTS[part](options)]
    for grid in grids:
        Console().print(to_rich(grid))
    words = (
        "# How much English, how much bitext\n\nMeans over the sets of lowres-clir in a language; one seed.\n"
        f"Students of the first question: {options.steps} steps of {options.batch_size} pairs; of the second: none."
    )
    write_report(options.report, words, sys.argv, grids)


if __name__ == "__main__":
    run()
