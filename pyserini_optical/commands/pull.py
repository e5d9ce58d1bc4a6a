"""`pyserini-optical pull owner/name | FOLDER --output FOLDER`."""

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("source", help="owner/name on the Hugging Face hub, or a folder")
    parser.add_argument("--output", required=True, metavar="FOLDER", help="folder to write")
    parser.add_argument("--revision", help="branch, tag or commit (default: the main branch)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def run(options: argparse.Namespace) -> None:
    """Fetch it, check it and say how to use it."""
    from pyserini_optical.sharing import pull_student

    folder = pull_student(options.source, options.output, revision=options.revision, overwrite=options.overwrite)
    sys.stdout.write(f"{folder}: complete, all checksums match; to search: --encoder {folder}\n")
