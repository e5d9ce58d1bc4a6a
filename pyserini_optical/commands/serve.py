"""`pyserini-optical serve --lucene-index L --dense-index D`: answer questions over HTTP, with a page at `/`."""

import argparse
import gc
import os
import sys

from pyserini_optical.commands.opening import declare_indexes, open_searcher
from pyserini_optical.commands.options import natural


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    declare_indexes(parser)
    parser.set_defaults(threads=min(4, os.cpu_count() or 1))
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
    # Batches side by side, each on one thread, answer half as many questions again as one batch on all cores.
    batches, options.threads = options.threads, 1
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # for numpy, Faiss, onnxruntime and torch, before they are loaded
    from pyserini_optical.serving.limits import Limits
    from pyserini_optical.serving.server import bind, is_loopback, serve

    listener = bind(options.host, options.port)
    searcher = open_searcher(options)
    from pyserini_optical.serving.app import LOOPBACK, create_app

    limits = Limits()
    hosts = LOOPBACK if is_loopback(options.host) else None
    app = create_app(searcher, limits, hosts, options.mcp, options.cached, batches)
    searcher.open()
    gc.freeze()  # what was read stays: tables of millions of words are not gone through again and again
    listener.listen(limits.connections)  # who comes between this line and the next ones waits, rather than be refused
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"answering at http://{shown}:{port}/ (stop with Ctrl-C)\n")
    sys.stderr.flush()
    serve(app, listener, limits, options.log_requests)
