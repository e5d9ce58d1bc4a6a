"""`pyserini-optical add-language`: everything a new language needs, from one bitext."""

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pyserini_optical.commands.options import (
    KINDS,
    add_reading_options,
    amount,
    find_bitext_language,
    load_named_bitext,
)

if TYPE_CHECKING:
    from pyserini_optical.bitext import Bitext


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--bitext", nargs="+", required=True, metavar="FILE", help=f"pairs with English: {KINDS}")
    add_reading_options(parser)
    parser.add_argument(
        "--output", default="students", metavar="FOLDER", help="new or existing pack folder (default: students)"
    )
    parser.add_argument("--teacher", help="the encoder of the dense index (default: all-MiniLM-L6-v2)")
    parser.add_argument(
        "--for-index", metavar="NAME", help="use the encoder of this Pyserini prebuilt dense index as the teacher"
    )
    parser.add_argument(
        "--fetch-teacher",
        action="store_true",
        help="download the teacher from the Hugging Face hub if needed (safetensors only)",
    )
    parser.add_argument("--minutes", type=amount, default=30, help="training time; 0: do not train (default: 30)")
    parser.add_argument("--overwrite", action="store_true", help="replace a language that the folder already has")


def run(options: argparse.Namespace) -> int | None:
    """Make the table, the warm-started student, and the trained one."""
    from pyserini_optical.commands.distill import say
    from pyserini_optical.distillation.distill import distill, refuse_finished
    from pyserini_optical.distillation.recipe import Recipe
    from pyserini_optical.distillation.teacher import find_teacher_name, refuse_other_width
    from pyserini_optical.encoder.teacher import fetch_teacher
    from pyserini_optical.languages import ENGLISH
    from pyserini_optical.lexicon.table_names import DOCUMENTS_FOLDER

    started = time.monotonic()
    language = find_bitext_language(options.language, options.bitext)
    given = {
        name: getattr(options, name)
        for name in ("teacher", "for_index", "english", "foreign")
        if getattr(options, name) is not None
    }
    recipe = Recipe(
        bitext={language: list(options.bitext)},
        form="pack",
        steps=0,
        on_error=options.on_error,
        check_script=options.check_script,
        **given,
    )
    if options.fetch_teacher:
        fetch_teacher(find_teacher_name(recipe))
    output = Path(options.output)
    made = shlex.quote(str(output / language))
    if not options.overwrite:
        refuse_finished(recipe, output)
    refuse_other_width(recipe)
    bitext = load_named_bitext(options)
    sys.stdout.write(_make_table(bitext, output / language, ENGLISH, options.overwrite))
    into = output / language / DOCUMENTS_FOLDER
    sys.stdout.write(_make_table(bitext, into, language, options.overwrite))
    for outcome in distill(recipe, output, options.overwrite, options.minutes, {language: bitext}):
        say(outcome)
        sys.stdout.write(
            f"ready after {time.monotonic() - started:.0f} s; to search: pyserini-optical search --mode hybrid "
            f"--encoder {made} --table {made} --language {language} --lucene-index ... "
            "--dense-index ... --topics ... --output ...\n"
        )
        sys.stdout.flush()
    return None


def _make_table(bitext: "Bitext", home: Path, documents: str, overwrite: bool) -> str:
    """Learn the translation table into a language, unless an interrupted run has; return a line about it."""
    from pyserini_optical.errors import OpticalError
    from pyserini_optical.languages import find_language
    from pyserini_optical.lexicon import TranslationTable, learn_table
    from pyserini_optical.lexicon.table_files import PROVENANCE_FILE, read_provenance

    if not overwrite and (home / PROVENANCE_FILE).is_file():
        if read_provenance(home / PROVENANCE_FILE).get("fingerprint") != bitext.fingerprint:
            raise OpticalError(f"{home}: holds a table learned from other bitext; pass --overwrite to replace it")
        return f"{home}: translation table of {len(TranslationTable.load(home)):,} words, learned before\n"
    table = learn_table(bitext.pairs, bitext.language, documents=documents)
    table.provenance.update(bitext.provenance)
    table.save(home, overwrite)
    return f"{home}: translation table into {find_language(documents).name} of {len(table):,} words\n"
