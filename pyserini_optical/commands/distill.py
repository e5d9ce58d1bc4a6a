"""`pyserini-optical distill`: train a student from bitext."""

import argparse
import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pyserini_optical.commands.options import KINDS, amount, find_bitext_language, natural, parse_language

if TYPE_CHECKING:
    from pyserini_optical.distillation.distill import Distilled
    from pyserini_optical.distillation.recipe import Recipe


NUMBERS = {int: natural, float: amount}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--recipe", metavar="FILE", help="a recipe.yaml; options given here override its entries")
    parser.add_argument("--bitext", nargs="+", metavar="FILE", help=f"{KINDS}; named by language: swa.tsv.gz")
    parser.add_argument(
        "--language",
        type=parse_language,
        help="the foreign language, if the file name does not say it; with --recipe, train only this language of it",
    )
    parser.add_argument("--output", required=True, metavar="FOLDER", help="folder for the student")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")
    parser.add_argument(
        "--fetch-teacher",
        action="store_true",
        help="download the teacher from the Hugging Face hub if needed (safetensors only)",
    )
    parser.add_argument(
        "--minutes", type=amount, help="train for as many steps as fit into this time, instead of --steps"
    )
    _declare_settings(parser.add_argument_group("settings of a recipe"))


def run(options: argparse.Namespace) -> int | None:
    """Train, and print the results."""
    from pyserini_optical.bitext import language_of
    from pyserini_optical.distillation.distill import distill
    from pyserini_optical.distillation.recipe import Recipe
    from pyserini_optical.distillation.recipe_files import read_recipe
    from pyserini_optical.distillation.teacher import find_teacher_name
    from pyserini_optical.encoder.teacher import fetch_teacher
    from pyserini_optical.errors import OpticalError

    given: dict[str, Any] = {
        entry.name: getattr(options, entry.name)
        for entry in fields(Recipe)
        if entry.name != "bitext" and getattr(options, entry.name, None) is not None
    }
    chosen = find_bitext_language(options.language, []) if options.language else None
    if options.recipe:
        recipe = _override(read_recipe(options.recipe), given)
        if chosen:
            if chosen not in recipe.bitext:
                raise OpticalError(f"{options.recipe}: has no bitext for {chosen}")
            recipe = replace(recipe, bitext={chosen: recipe.bitext[chosen]})
    elif options.bitext:
        bitext: dict[str, list[str]] = {}
        for name in options.bitext:
            bitext.setdefault(chosen or language_of(name), []).append(name)
        recipe = Recipe(bitext=bitext, **given)
    else:
        raise OpticalError("nothing to learn from; give --bitext FILE or --recipe FILE")
    if options.fetch_teacher:
        fetch_teacher(find_teacher_name(recipe))
    for outcome in distill(recipe, Path(options.output), options.overwrite, options.minutes):
        say(outcome)
    return None


def _override(recipe: "Recipe", given: Mapping[str, Any]) -> "Recipe":
    """Override the settings of a recipe and of its single packs."""
    own = {
        language: {name: value for name, value in settings.items() if name not in given}
        for language, settings in recipe.language_settings.items()
    }
    return replace(recipe, language_settings=own, **given)


def _declare_settings(group: argparse._ArgumentGroup) -> None:
    """Make an option for every setting that is one word or number, with help from the recipe's docstring."""
    from pyserini_optical.distillation.recipe import CHOICES, Recipe

    meanings = _read_meanings(inspect.getdoc(Recipe) or "")
    for entry in fields(Recipe):
        flag, words = "--" + entry.name.replace("_", "-"), meanings[entry.name]
        if get_origin(entry.type) is dict:
            continue
        if entry.type is bool:
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=words)
            continue
        kind = next(kind for kind in (int, float, str) if kind in (entry.type, *get_args(entry.type)))
        if entry.default not in (None, ""):
            words += f" (default: {entry.default})"
        metavar = None if entry.name in CHOICES else kind.__name__.upper()
        choices = CHOICES.get(entry.name)
        group.add_argument(
            flag, type=NUMBERS.get(kind, kind), choices=choices, metavar=metavar, help=words.replace("%", "%%")
        )


def _read_meanings(docstring: str) -> dict[str, str]:
    """Attribute -> first sentence of its description, from a numpydoc docstring."""
    meanings: dict[str, str] = {}
    for names, text in re.findall(r"^(\w[\w, ]*) : .*\n((?:    .*\n?)+)", docstring, re.MULTILINE):
        plain = re.sub(r",? see :mod:`[^`]*`| \(see :mod:`[^`]*`\)|:\w+:|`", "", " ".join(text.split()))
        sentence = plain.split(". ")[0]
        meanings |= dict.fromkeys(names.split(", "), sentence[0].lower() + sentence[1:].removesuffix("."))
    return meanings


def say(outcome: "Distilled") -> None:
    """Print the result of a run."""
    for language in outcome.languages:
        line = f"{outcome.folder}: {language}, {outcome.pairs[language]:,} pairs, {outcome.steps:,} steps"
        if f"mrr_{language}" in outcome.before:
            before, after = (scores[f"mrr_{language}"] for scores in (outcome.before, outcome.after))
            line += f"; held-out MRR {before:.3f}" + (f" -> {after:.3f}" if outcome.steps else "")
        sys.stdout.write(line + "\n")
    sys.stdout.flush()  # before training, which takes long
