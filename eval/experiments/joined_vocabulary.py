"""What it is worth that a pack reads the words its bitext does not hold as the teacher reads them.

    python eval/experiments/joined_vocabulary.py --dense-index D --work FOLDER [--languages swa hau tgl deu]

Warm starts of the shipped recipe, no step of training, with the teacher's subwords behind the learned ones and without.
What is done is kept in the work folder: an interrupted run goes on.
"""

import sys
from dataclasses import replace

from rich.console import Console
from training import declare_options, measure, sets_of, train, write_report

from pyserini_optical.distillation.recipe_files import read_recipe
from pyserini_optical.evaluation.tables import Grid, mark_best, to_rich
from pyserini_optical.evaluation.tables import TableCell as TableCell
from pyserini_optical.shipped import shipped


def run() -> None:
    """Start, search, report."""
    parser = declare_options("With the teacher's subwords, and without", "eval/experiments/joined_vocabulary.md")
    parser.add_argument("--languages", nargs="+", default=["swa", "hau", "tgl", "deu"], help="ISO 639-3 codes")
    options = parser.parse_args()
    shipped_recipe = read_recipe(shipped("encoders/optical/recipe.yaml"))
    columns = [name for language in options.languages for name in sets_of(language)]
    rows = {"learned subwords alone": [], "the teacher's behind them": []}
    for title, join in zip(rows, (False, True), strict=True):
        for language in options.languages:
            bitext = {language: shipped_recipe.bitext[language]}
            recipe = replace(shipped_recipe, bitext=bitext, join=join, steps=0, held_out=options.held_out)
            folder = options.work / f"{language}-{'joined' if join else 'alone'}"
            train(recipe, folder)
            flags = ["--dense-index", options.dense_index, "--encoder", str(folder / language)]
            rows[title] += [measure([name], "dense", folder, flags) for name in sets_of(language)]
    cells = zip(*(mark_best(column, 3) for column in zip(*rows.values(), strict=True)), strict=True)
    grid = Grid(
        "Warm starts, MRR@10",
        ("vocabulary", *columns),
        tuple((TableCell(t), *c) for t, c in zip(rows, cells, strict=True)),
    )
    Console().print(to_rich(grid))
    title = "# Appending the teacher's subwords to the learned ones"
    words = f"{title}\n\nMRR@10 on `lowres-clir`, dense side only, no training."
    write_report(options.report, words, sys.argv, [grid])


if __name__ == "__main__":
    run()
