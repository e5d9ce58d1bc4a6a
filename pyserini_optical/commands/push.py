"""`pyserini-optical push STUDENT owner/name | FOLDER`."""

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("student", help="`optical`, or a student's folder")
    parser.add_argument("target", help="owner/name on the Hugging Face hub, or a folder")
    parser.add_argument("--private", action="store_true", help="make the repository private")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing student")


def run(options: argparse.Namespace) -> None:
    """Send the student and print its location."""
    from pyserini_optical.sharing import push_student

    where = push_student(options.student, options.target, private=options.private, overwrite=options.overwrite)
    sys.stdout.write(f"{where}\n")
