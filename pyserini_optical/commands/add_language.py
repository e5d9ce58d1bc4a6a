"""`pyserini-optical add-language`: everything a new language needs, from one bitext file."""

import argparse
import sys

from pyserini_optical.commands.numbers import amount


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--bitext", nargs="+", required=True, metavar="FILE", help="sentence pairs with English")
    parser.add_argument("--language", help="ISO 639-3 code, where the file's name does not say it")
    parser.add_argument("--output", default="students", metavar="FOLDER", help="a pack folder, new or not (students)")
    parser.add_argument("--teacher", help="the index's encoder; by default all-MiniLM-L6-v2")
    parser.add_argument(
        "--for-index", metavar="NAME", help="one of Pyserini's prebuilt dense indexes; gives the teacher"
    )
    parser.add_argument("--minutes", type=amount, default=30, help="time for training; 0: none (30)")
    parser.add_argument("--overwrite", action="store_true", help="make a language anew that the folder has")


def run(options: argparse.Namespace) -> int | None:
    """Make the table, the warm-started student, and the trained one."""
    import time
    from pathlib import Path

    from pyserini_optical.bitext.read import language_of
    from pyserini_optical.commands.distill import say
    from pyserini_optical.distillation.distill import distill
    from pyserini_optical.distillation.recipe import Recipe
    from pyserini_optical.distillation.setup import read_pairs
    from pyserini_optical.lexicon import learn_table

    started = time.monotonic()
    language = options.language or language_of(options.bitext[0])
    home = Path(options.output) / language
    table = learn_table(read_pairs(options.bitext, language), language)
    table.save(home, options.overwrite)
    sys.stdout.write(f"{home}: translation table of {len(table):,} words\n")

    given = {"teacher": options.teacher, "for_index": options.for_index}
    teacher = {name: value for name, value in given.items() if value}
    recipe = Recipe(bitext={language: list(options.bitext)}, form="pack", steps=0, **teacher)
    for outcome in distill(recipe, options.output, options.overwrite, options.minutes or None):
        say(outcome)
        sys.stdout.write(
            f"ready after {time.monotonic() - started:.0f} s; search with: pyserini-optical search --mode hybrid "
            f"--encoder {home} --table {home} --language {language} --lucene-index ... --dense-index ... "
            "--topics ... --output ...\n"
        )
    return None
