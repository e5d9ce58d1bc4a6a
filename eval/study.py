"""How much English, and how much bitext.

    python eval/study.py --dense-index D --lucene-index L --work FOLDER [--part english|bitext]

`english`: one student for several languages, trained with English shares 0, .25, .5 and .75, searched with each of
them and with English. `bitext`: 1,000, 3,000, 10,000 and all pairs of one language: the warm start alone, a structured
query with the table learned from the same pairs, and both fused. What is done is kept in the work folder: an
interrupted run goes on.
"""

import argparse
import sys
from itertools import islice

from rich.console import Console
from trial import declare_options, measure, sets_of, train, write_report

from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.stage import read_pairs
from pyserini_optical.evaluation.tables import Cell, Grid, mark_best, to_rich
from pyserini_optical.files import write_file
from pyserini_optical.lexicon import learn_table
from pyserini_optical.shipped import shipped

SHARES = (0.0, 0.25, 0.5, 0.75)
AMOUNTS = (1000, 3000, 10_000, None)


def compare_shares(options: argparse.Namespace) -> Grid:
    """One student for all languages, at each English share."""
    bitext = {language: [bitext_of(language)] for language in options.languages}
    columns = [*options.languages, "eng"]
    found = []
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
        english = sorted({name.split(".")[0] + ".eng" for code in options.languages for name in sets_of(code)})
        names = {code: sets_of(code) for code in options.languages} | {
            "eng": [n for n in english if n in sets_of("eng")]
        }
        found.append([measure(names[column], "dense", folder, flags) for column in columns])
    cells = zip(*(mark_best(column, 3) for column in zip(*found, strict=True)), strict=True)
    rows = tuple((Cell(f"{share:g}"), *row) for share, row in zip(options.shares, cells, strict=True))
    return Grid("English share of a joint student, MRR@10", ("English share", *columns), rows)


def compare_amounts(options: argparse.Namespace) -> Grid:
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
            learn_table(read_pairs([str(path)], language), language).save(table)
        folder = options.work / f"bitext-{name}"
        train(Recipe({language: [str(path)]}, form="pack", steps=0, held_out=options.held_out, max_tokens=40), folder)
        flags = ["--dense-index", options.dense_index, "--lucene-index", options.lucene_index, "--table", str(table)]
        flags += ["--encoder", str(folder / language), "--language", language]
        scores = [measure(sets_of(language), mode, folder, flags) for mode in ("dense", "psq", "hybrid")]
        rows.append((Cell(name), *(Cell(f"{score:.3f}") for score in scores)))
    header = ("pairs", "dense, warm start", "structured query", "hybrid")
    return Grid(f"Amount of bitext, {language}, MRR@10", header, tuple(rows))


def bitext_of(language: str) -> str:
    """The repository's bitext of a language."""
    return str(shipped(f"encoders/bitext/{language}.tsv.gz"))


def shuffled(path: str, language: str) -> list:
    """Pairs in an order that has nothing to do with their sources, the same every time."""
    import numpy as np

    pairs = read_pairs([path], language)
    return [pairs[number] for number in np.random.default_rng(1).permutation(len(pairs))]


PARTS = {"english": compare_shares, "bitext": compare_amounts}


def run() -> None:
    """Make the parts asked for, and report them."""
    parser = declare_options("How much English, how much bitext?", "eval/trials/study.md")
    parser.add_argument("--lucene-index", required=True, help="Lucene index of lowres-clir")
    parser.add_argument("--languages", nargs="+", default=["som", "hau"], help="ISO 639-3 codes; bitext: the first")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--shares", nargs="+", type=float, default=SHARES)
    parser.add_argument("--amounts", nargs="+", type=lambda text: None if text == "all" else int(text), default=AMOUNTS)
    options = parser.parse_args()
    grids = [PARTS[part](options) for part in options.part]
    for grid in grids:
        Console().print(to_rich(grid))
    words = (
        "# How much English, how much bitext\n\nMeans over the sets of lowres-clir in a language; one seed.\n"
        f"Students of the first question: {options.steps} steps of {options.batch_size} pairs; of the second: none."
    )
    write_report(options.report, words, sys.argv, grids)


if __name__ == "__main__":
    run()
