"""`pyserini-optical export optical-swa --output DIR`."""

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("student", help="optical-swa, a pack folder, or a language's folder within one")
    parser.add_argument("--output", required=True, help="folder to write")
    parser.add_argument("--language", help="ISO 639-3 code, when the student's name leaves it open")
    parser.add_argument("--overwrite", action="store_true", help="replace the output if it is there")


def run(options: argparse.Namespace) -> None:
    """Export one language as an ordinary Hugging Face folder."""
    from pyserini_optical.encoder.export import export_student

    folder = export_student(options.student, options.output, options.language, options.overwrite)
    sys.stdout.write(
        f"{folder}\nstock Pyserini searches with it: --encoder {folder} --encoder-class auto --pooling mean --l2-norm\n"
    )
