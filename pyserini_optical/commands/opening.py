"""Options for indexes and query encoders, for the verbs that search."""

import argparse
from typing import TYPE_CHECKING

from pyserini_optical.commands.options import count, parse_language
from pyserini_optical.languages import ENGLISH, language_code

if TYPE_CHECKING:
    from pyserini_optical.searcher import OpticalSearcher, Settings


def declare_indexes(parser: "argparse._ActionsContainer") -> None:
    """Declare the options for indexes, tables and encoders."""
    parser.add_argument(
        "--lucene-index",
        metavar="FOLDER",
        help="Lucene index built with Pyserini's default analyzer, or the name of a prebuilt one",
    )
    parser.add_argument(
        "--dense-index", metavar="FOLDER", help="Faiss index of the teacher's vectors, or the name of a prebuilt one"
    )
    parser.add_argument(
        "--language",
        type=parse_language,
        help="language of all queries (swa, sw or Swahili); by default identified per query",
    )
    parser.add_argument(
        "--unknown-language",
        choices=("warn", "refuse"),
        help="what to do with a query in a language that the student does not know (default: warn)",
    )
    parser.add_argument("--table", default="optical", help="translation tables: `optical` (the default) or a folder")
    parser.add_argument(
        "--documents",
        metavar="CODE",
        type=language_code,
        default=ENGLISH,
        help="language of the documents, if not English; queries are then English unless --language is given",
    )
    parser.add_argument(
        "--encoder", default="optical", help="student: `optical` (the default), `optical-swa`, or a folder"
    )
    parser.add_argument(
        "--collection", help="JSON collection with the text of the passages, if the Lucene index does not store it"
    )
    parser.add_argument("--device", default="cpu", help="torch device of the encoder (default: cpu)")
    parser.add_argument(
        "--backend",
        choices=("torch", "onnx", "onnx-int8"),
        help="what runs the encoder; by default onnx if it was exported, else torch",
    )
    parser.add_argument(
        "--threads",
        type=count,
        default=1,
        help="threads per side (default: 1)",
    )


def open_searcher(
    options: argparse.Namespace, mode: str | None = None, settings: "Settings | None" = None
) -> "OpticalSearcher":
    """Make the searcher described by the options.

    Parameters
    ----------
    options : argparse.Namespace
        Options declared by :func:`declare_indexes`.

    Raises
    ------
    OpticalError
        No index is given, or not those that the mode needs.
    """
    from pyserini_optical.searcher import OpticalSearcher

    return OpticalSearcher(
        options.lucene_index,
        options.dense_index,
        mode=mode,
        language=options.language,
        table=options.table,
        documents=options.documents,
        encoder=options.encoder,
        unknown_language=options.unknown_language,
        collection=options.collection,
        device=options.device,
        backend=options.backend,
        threads=options.threads,
        settings=settings,
    )
