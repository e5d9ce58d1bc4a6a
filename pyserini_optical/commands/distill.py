"""`pyserini-optical distill`: train a student from bitext."""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyserini_optical.distillation.distill import Outcome

PLAIN = {"teacher", "for_index", "form", "start", "frozen", "loss", "precision", "report_to"}
COUNTS = {"pieces", "layers", "steps", "batch_size", "accumulation", "max_tokens", "warmup", "held_out"} | {
    "evaluate_every",
    "patience",
    "bad_steps",
    "seed",
}
HELP = {
    "teacher": "the index's encoder: a folder or a Hugging Face name (all-MiniLM-L6-v2)",
    "for_index": "one of Pyserini's prebuilt dense indexes, such as msmarco-v1-passage.bge-base-en-v1.5: "
    "the teacher is its encoder and reads as that does",
    "start": "warm, or an encoder to start from: a folder or a Hugging Face name",
    "patience": "evaluations without a better one before training stops (0: never)",
    "report_to": "none or tensorboard",
}
RATES = {"english_share", "temperature", "embedding_rate", "layer_rate", "weight_decay"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument("--recipe", metavar="FILE", help="a recipe.yaml; options given here go before its entries")
    parser.add_argument("--bitext", nargs="+", metavar="FILE", help="bitext; the name says the language: swa.tsv.gz")
    parser.add_argument("--language", help="ISO 639-3 code, where the file's name does not say it; or the one to train")
    parser.add_argument("--output", required=True, metavar="FOLDER", help="the student's folder")
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    for kind, names in ((str, PLAIN), (int, COUNTS), (float, RATES)):
        for name in sorted(names):
            words, metavar = HELP.get(name), kind.__name__.upper()
            parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None, metavar=metavar, help=words)
    parser.add_argument("--minutes", type=float, help="train as many steps as fit into this time, instead of --steps")
    parser.add_argument("--join", action="store_true", default=None, help="keep the teacher's pieces in the vocabulary")
    parser.add_argument(
        "--no-trim", dest="trim", action="store_false", default=None, help="keep the whole vocabulary of --start"
    )


def run(options: argparse.Namespace) -> int | None:
    """Train, and say what came of it.

    Parameters
    ----------
    options : argparse.Namespace

    Returns
    -------
    int or None
    """
    from pyserini_optical.bitext.read import language_of
    from pyserini_optical.distillation.distill import distill
    from pyserini_optical.distillation.recipe import Recipe, read_recipe
    from pyserini_optical.errors import OpticalError

    given: dict[str, Any] = {
        entry.name: getattr(options, entry.name)
        for entry in fields(Recipe)
        if entry.name != "bitext" and getattr(options, entry.name, None) is not None
    }
    if options.recipe:
        recipe = replace(read_recipe(options.recipe), **given)
        if options.steps is not None:
            recipe = replace(recipe, language_steps={})
        if options.language:
            if options.language not in recipe.bitext:
                raise OpticalError(f"{options.recipe}: has no bitext for {options.language}")
            recipe = replace(recipe, bitext={options.language: recipe.bitext[options.language]})
    elif options.bitext:
        bitext: dict[str, list[str]] = {}
        for name in options.bitext:
            bitext.setdefault(options.language or language_of(name), []).append(name)
        recipe = Recipe(bitext=bitext, **given)
    else:
        raise OpticalError("nothing to learn from; give --bitext FILE or --recipe FILE")
    for outcome in distill(recipe, Path(options.output), options.overwrite, options.minutes):
        say(outcome)
    return None


def say(outcome: "Outcome") -> None:
    """Print what a run made.

    Parameters
    ----------
    outcome : Outcome
    """
    for language in outcome.languages:
        line = f"{outcome.folder}: {language}, {outcome.pairs[language]:,} pairs, {outcome.steps:,} steps"
        if f"mrr_{language}" in outcome.before:
            before, after = (scores[f"mrr_{language}"] for scores in (outcome.before, outcome.after))
            line += f"; held-out MRR {before:.3f}" + (f" -> {after:.3f}" if outcome.steps else "")
        sys.stdout.write(line + "\n")
