"""The options that name what is searched, for the verbs that search."""

import argparse
from typing import TYPE_CHECKING

from pyserini_optical.commands.options import count, parse_language
from pyserini_optical.languages import ENGLISH, language_code

if TYPE_CHECKING:
    from pyserini_optical.searcher import OpticalSearcher, Settings


def declare_indexes(parser: "argparse._ActionsContainer") -> None:
    """Declare the indexes and what reads the queries."""
    parser.add_argument("--lucene-index", metavar="FOLDER", help="Lucene index made by Pyserini's default analyzer")
    parser.add_argument("--dense-index", metavar="FOLDER", help="Faiss index made by Pyserini with the teacher")
    parser.add_argument(
        "--language", type=parse_language, help="of all queries (swa, sw or Swahili); by default each is identified"
    )
    parser.add_argument(
        "--unknown-language",
        choices=("warn", "refuse"),
        help="what to do with a query in a language that the student was not taught (warn)",
    )
    parser.add_argument("--table", default="optical", help="translation tables: `optical`, or a folder")
    parser.add_argument(
        "--documents",
        metavar="CODE",
        type=language_code,
        default=ENGLISH,
        help="language of the documents, if not English: queries are English then, unless --language says otherwise",
    )
    parser.add_argument("--encoder", default="optical", help="student: `optical`, `optical-swa`, or a folder")
    parser.add_argument("--collection", help="the JSON collection, for the text of passages that no index stores")
    parser.add_argument("--device", default="cpu", help="torch device of the encoder")
    parser.add_argument(
        "--backend", choices=("torch", "onnx", "onnx-int8"), help="by default onnx where it was exported"
    )
    parser.add_argument(
        "--threads",
        type=count,
        default=1,
        help="threads of each side (default 1); serve: batches searched at a time (default: the cores, up to 4)",
    )


def open_searcher(
    options: argparse.Namespace, mode: str | None = None, settings: "Settings | None" = None
) -> "OpticalSearcher":
    """Make the searcher that the options name.

    Parameters
    ----------
    options : argparse.Namespace
        What :func:`declare_indexes` declares.

    Raises
    ------
    OpticalError
        The options name no index, or none that the mode needs.
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
