"""`pyserini-optical language-identifier --student FOLDER --bitext FOLDER`."""

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--student", required=True, metavar="FOLDER", help="a pack folder")
    parser.add_argument(
        "--bitext",
        nargs="+",
        required=True,
        metavar="PATH",
        help="bitext named by language (swa.tsv.gz), or folders of it; other languages are left as they are",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the student's existing identifier")


def run(options: argparse.Namespace) -> None:
    """Learn, and say which languages were learned."""
    from pyserini_optical.distillation.language_identifier import update_language_identifier

    learned = update_language_identifier(options.student, options.bitext, options.overwrite)
    sys.stdout.write(f"{options.student}: learned to identify {', '.join(learned)}\n")
