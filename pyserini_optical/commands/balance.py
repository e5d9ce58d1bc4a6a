"""`pyserini-optical balance --dense-index FOLDER --corpus FOLDER --output FOLDER`."""

import argparse
from pathlib import Path

from pyserini_optical.commands.options import natural, share
from pyserini_optical.errors import OpticalError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--dense-index", required=True, metavar="FOLDER", help="flat Faiss index of passages in several languages"
    )
    parser.add_argument("--output", required=True, metavar="FOLDER", help="folder for the balanced index")
    parser.add_argument("--corpus", metavar="PATH", help="the indexed passages, to centre each language")
    parser.add_argument(
        "--encoder", default="optical", help="student that identifies the language of each passage (default: optical)"
    )
    parser.add_argument(
        "--neighbours",
        type=natural,
        default=10,
        help="neighbours that each passage moves towards; 0: none (default: 10)",
    )
    parser.add_argument(
        "--share", type=share, default=0.5, help="share of the neighbours in the new vector (default: 0.5)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")


def run(options: argparse.Namespace) -> None:
    """Identify the languages, and write the balanced index."""
    from pyserini_optical.encoder.language_bias import balance_index
    from pyserini_optical.files import refuse_overwrite

    refuse_overwrite(options.output, options.overwrite)
    languages = None if options.corpus is None else _identify(options)
    balance_index(options.dense_index, options.output, languages, options.neighbours, options.share, options.overwrite)


def _identify(options: argparse.Namespace) -> list[str]:
    """Language of each passage of the index."""
    from pyserini_optical.encoder.dense_index import DOCIDS
    from pyserini_optical.encoder.loading import load_language_identifier
    from pyserini_optical.encoder.student import find_student
    from pyserini_optical.files import open_text
    from pyserini_optical.late_interaction.reranking import read_passages

    identifier = load_language_identifier(find_student(options.encoder))
    languages = {docid: identifier.identify(text) for docid, text in read_passages(options.corpus)}
    with open_text(Path(options.dense_index) / DOCIDS) as file:
        docids = [line.rstrip() for line in file]
    missing = next((docid for docid in docids if docid not in languages), None)
    if missing is not None:
        raise OpticalError(
            f"{options.corpus}: lacks passage {missing} of {options.dense_index}; pass the corpus that was indexed"
        )
    return [languages[docid] for docid in docids]
