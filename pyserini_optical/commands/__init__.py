"""The command line: `pyserini-optical VERB ...`, one thin module per verb, imported on demand."""

import argparse
import importlib
import logging
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from pyserini_optical import __version__
from pyserini_optical.errors import OpticalError

VERBS = {
    "demo": "index, search and score the small collection that ships with the project",
    "search": "answer one question, or a file of topics: with BM25, structured queries, a student, or a hybrid",
    "serve": "serve search over HTTP, with a search page",
    "mcp": "offer search and fetch to language models over the Model Context Protocol",
    "add-language": "learn the translation tables and the student of a new language from bitext",
    "bitext": "report on a bitext file, or find and download bitext from OPUS",
    "lexicon": "learn a translation table from bitext, or look up words in one",
    "distill": "train a student query encoder from bitext",
    "language-identifier": "teach a student to identify the language of a query",
    "explain": "show the transport plan between a query and its translation",
    "encode": "encode a corpus in parts, in several processes or on a Ray cluster",
    "export": "write a student as an ordinary Hugging Face folder, or as ONNX",
    "balance": "reduce the language bias of a multilingual dense index",
    "late": "build, search or re-rank with a token-level index (MaxSim)",
    "fuse": "fuse TREC runs, or tune the fusion weights",
    "translate": "translate topics with a sequence-to-sequence model",
    "collection": "export an ir_datasets collection for Pyserini",
    "evaluate": "score TREC runs and test the differences",
    "reproduce": "run the experiment matrix and write its report",
    "doctor": "check this machine: Java, Pyserini, students, disk space",
    "push": "upload a student to the Hugging Face hub or copy it to a folder",
    "pull": "download a student from the Hugging Face hub or copy it from a folder",
}


RENAMED = {
    "--hub-penalty": "--hubness-penalty",
    "--pieces": "--vocab-size",
    "--piece-dropout": "--subword-dropout",
    "--embedding-rate": "--embedding-lr",
    "--layer-rate": "--layer-lr",
    "--rounds": "--iterations",
}
"""Options of earlier versions, still accepted in this one."""


class _Parser(argparse.ArgumentParser):
    """A parser that reports errors in one line, like the rest of this program."""

    def error(self, message: str) -> NoReturn:
        raise OpticalError(f"{message} (see: {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name; by default that of this process.

    Returns
    -------
    int
        Exit status: 0 if all went well, 2 for an error that the user can fix, 130 when interrupted.
    """
    words = _rename(sys.argv[1:] if arguments is None else arguments)
    parser = _Parser(prog="pyserini-optical", description="Cross-lingual retrieval for Pyserini.")
    parser.add_argument("--version", action="version", version=f"pyserini-optical {__version__}")
    parser.add_argument("--verbose", action="store_true", help="log each step")
    try:
        options, run = _parse(parser, words)
        logging.basicConfig(
            level=logging.INFO if options.verbose else logging.WARNING, format="%(levelname)s %(message)s"
        )
        return run(options) or 0
    except OpticalError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


def _parse(
    parser: argparse.ArgumentParser, words: Sequence[str]
) -> tuple[argparse.Namespace, Callable[[argparse.Namespace], int | None]]:
    """Parse a command line; return the options and the function that runs them."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    chosen = next((word for word in words if not word.startswith("-")), None)
    module = None
    for verb, summary in VERBS.items():
        verb_parser = verbs.add_parser(verb, help=summary, description=summary)
        if verb == chosen:
            module = importlib.import_module(f"pyserini_optical.commands.{verb.replace('-', '_')}")
            module.configure(verb_parser)
    options = parser.parse_args(words)
    assert module is not None  # argparse has refused every other word
    return options, module.run


def _rename(words: Sequence[str]) -> list[str]:
    """Replace former names of options by the current ones, with a warning."""
    renamed = []
    for word in words:
        option, equals, value = word.partition("=")
        if option in RENAMED:
            sys.stderr.write(f"warning: {option} is now called {RENAMED[option]}; the old name will be removed\n")
        renamed.append(RENAMED.get(option, option) + equals + value)
    return renamed
