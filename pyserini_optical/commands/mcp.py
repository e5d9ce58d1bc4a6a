"""`pyserini-optical mcp --lucene-index L --dense-index D`: tools for models, over standard input and output."""

import argparse
from functools import partial

from pyserini_optical.commands.opening import declare_indexes, open_searcher


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    declare_indexes(parser)


def run(options: argparse.Namespace) -> None:
    """Open the indexes, then answer until the input ends."""
    from pyserini_optical.serving.tools import run_over_stdio
    from pyserini_optical.serving.workers import Workers

    workers = Workers(partial(open_searcher, options))
    run_over_stdio(workers, workers.open())
