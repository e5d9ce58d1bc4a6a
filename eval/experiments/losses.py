"""Which loss: the same student, bitext, batches and number of steps under each of them, over several seeds.

    python eval/experiments/losses.py --dense-index D --work FOLDER [--language hau] [--steps 60] [--report FILE]

Trains a pack for each loss and seed (what is done is kept in the work folder: an interrupted run goes on), and writes
held-out MRR and MRR@10 on lowres-clir, mean and largest deviation over the seeds, beside the warm start's.
"""

import sys

from rich.console import Console
from training import declare_options, measure, sets_of, train, write_report

from pyserini_optical.distillation.losses import LOSSES
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.evaluation.tables import Grid, TableCell, to_rich
from pyserini_optical.shipped import shipped


def run() -> None:
    """Train, search, report."""
    parser = declare_options("Which loss?", "eval/experiments/losses.md")
    parser.add_argument("--language", default="hau", help="ISO 639-3 code")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--losses", nargs="+", choices=LOSSES, default=list(LOSSES))
    options = parser.parse_args()
    bitext = {options.language: [str(shipped(f"encoders/bitext/{options.language}.tsv.gz"))]}
    figures: dict[str, list[tuple[float, float]]] = {}
    for seed in options.seeds:
        for loss in ["none", *options.losses]:
            recipe = Recipe(
                bitext,
                form="pack",
                loss="ot+pooled" if loss == "none" else loss,
                steps=0 if loss == "none" else options.steps,
                batch_size=options.batch_size,
                held_out=options.held_out,
                max_tokens=40,
                evaluate_every=max(1, options.steps),
                vocab_size=12_000,
                seed=seed,
            )
            folder = options.work / f"{loss}-{seed}"
            after = train(recipe, folder)["after"]
            flags = ["--dense-index", options.dense_index, "--encoder", str(folder / options.language)]
            found = measure(sets_of(options.language), "dense", folder, flags)
            figures.setdefault("warm start, no training" if loss == "none" else loss, []).append((after, found))
    rows = tuple(
        (TableCell(name), *(summarise(column) for column in zip(*each, strict=True))) for name, each in figures.items()
    )
    grid = Grid(f"Losses, {options.language}", ("loss", "held-out MRR", "lowres-clir MRR@10"), rows)
    Console().print(to_rich(grid))
    words = (
        f"# Which loss?\n\nLanguage {options.language}, {options.steps} steps of {options.batch_size} pairs, "
        f"seeds {', '.join(map(str, options.seeds))}: mean and largest deviation from it.\n"
        f"lowres-clir: mean of {', '.join(sets_of(options.language))}."
    )
    write_report(options.report, words, sys.argv, [grid])


def summarise(values: tuple[float, ...]) -> TableCell:
    """Mean and largest deviation from it."""
    mean = sum(values) / len(values)
    return TableCell(f"{mean:.3f} ± {max(abs(value - mean) for value in values):.3f}")


if __name__ == "__main__":
    run()
