"""`pyserini-optical serve --lucene-index L --dense-index D`: answer questions over HTTP, with a page at `/`."""

import argparse
import os
import sys
from functools import partial

from pyserini_optical.commands.opening import declare_indexes, open_searcher
from pyserini_optical.commands.options import amount, count, natural


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    declare_indexes(parser)
    parser.add_argument(
        "--processes",
        type=count,
        default=min(2, os.cpu_count() or 1),
        help="processes that search, each with indexes and models of its own (default 2, or 1 on a single core)",
    )
    parser.add_argument(
        "--warm-up",
        metavar="SECONDS",
        type=amount,
        default=10.0,
        help="after the start, processes without a question answer made-up ones, so that Java compiles what many users "
        "will need (default: 10)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument("--port", type=natural, default=8080, help="port; 0: any free one (default: 8080)")
    parser.add_argument("--mcp", action="store_true", help="also serve tools for language models, at /mcp")
    parser.add_argument("--cached", type=natural, default=1024, help="answers to keep in memory (default: 1024)")
    parser.add_argument(
        "--log-requests", action="store_true", help="log client addresses and paths, which include the questions"
    )


def run(options: argparse.Namespace) -> None:
    """Open the indexes, then serve until told to stop."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # processes side by side answer more than one on all cores
    from pyserini_optical.serving.limits import Limits
    from pyserini_optical.serving.server import bind, is_loopback, serve
    from pyserini_optical.serving.workers import Workers

    listener = bind(options.host, options.port)
    workers = Workers(partial(open_searcher, options), options.processes)
    about = workers.open()
    if about.backend == "torch" and options.device == "cpu" and options.backend is None:
        way = f"pyserini-optical export {options.encoder} --onnx"
        sys.stderr.write(
            f"torch encodes the questions; for faster answers, run once: {way}; with many users at a time, then serve "
            "with --backend onnx-int8\n"
        )
    from pyserini_optical.serving.app import LOOPBACK, create_app

    limits = Limits()
    hosts = LOOPBACK if is_loopback(options.host) else None
    app = create_app(workers, about, limits, hosts, options.mcp, options.cached, options.warm_up)
    serve(app, listener, limits, options.log_requests)
