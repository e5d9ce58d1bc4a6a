"""`pyserini-optical search "QUESTION" --lucene-index L`, or with `--topics F --output RUN` for a file of queries."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from pyserini_optical.commands.opening import declare_indexes, open_searcher
from pyserini_optical.commands.options import amount, count, share
from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    from pyserini_optical.searcher import OpticalSearcher, Settings

MODES = ("bm25", "psq", "dense", "hybrid")
HITS, HITS_OF_A_RUN = 10, 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options, under Pyserini's names where Pyserini has them."""
    parser.add_argument("question", nargs="?", help="one question, answered on the screen; or else --topics")
    parser.add_argument("--topics", help="queries: TSV, JSON, JSON lines or TREC topics")
    parser.add_argument("--output", metavar="RUN", help="the TREC run to write, with --topics")
    parser.add_argument(
        "--mode", choices=MODES, help="psq is BM25 with structured queries; by default what the indexes allow"
    )
    parser.add_argument(
        "--hits", type=count, help=f"documents per query (default {HITS}, with --topics {HITS_OF_A_RUN})"
    )
    parser.add_argument("--json", action="store_true", help="print the answer to a question as JSON")
    parser.add_argument("--tag", help="name in the last column of the run; by default the mode")
    parser.add_argument("--overwrite", action="store_true", help="replace an output that exists")
    parser.add_argument("--batch-size", type=count, default=64, help="queries searched together")
    declare_indexes(parser.add_argument_group("what is searched"))

    sparse = parser.add_argument_group("words (bm25, psq, hybrid)")
    sparse.add_argument("--k1", type=amount, default=0.9, help="BM25")
    sparse.add_argument("--b", type=share, help="BM25; by default 0.4, and up to 1 for long psq queries")
    sparse.add_argument("--smallest-probability", type=share, default=0.03, help="drop less probable translations")
    sparse.add_argument("--probability-mass", type=share, default=1.0, help="keep the likeliest up to this sum")
    sparse.add_argument("--most-translations", type=count, default=20, help="per word")
    sparse.add_argument(
        "--document-frequency", choices=("max", "expected"), default="max", help="of a word: Lucene's, or exact PSQ's"
    )
    sparse.add_argument("--no-names", action="store_true", help="do not look for names among the words of the index")

    dense = parser.add_argument_group("meaning (dense, hybrid)")
    dense.add_argument(
        "--hubness-penalty",
        type=share,
        help="share of its similarity to other passages that a passage loses; by default 0.5 in a hybrid, and 0 in a "
        "dense search, whose scores are then those of pyserini.search.faiss",
    )
    dense.add_argument(
        "--gloss",
        action=argparse.BooleanOptionalAction,
        help="let the teacher read the query word by word in English beside the student (default: in a hybrid)",
    )
    dense.add_argument("--ef-search", type=count, help="of an HNSW index: passages kept in sight; the more, the surer")
    dense.add_argument("--nprobe", type=count, help="of an IVF index: inverted lists visited; the more, the surer")

    fusion = parser.add_argument_group("fusion (hybrid)")
    fusion.add_argument("--method", choices=("weighted-sum", "rrf"), default="weighted-sum")
    fusion.add_argument("--normalisation", choices=("min-max", "z-score", "rank"), default="z-score")
    fusion.add_argument(
        "--weights", nargs=2, type=amount, metavar=("SPARSE", "DENSE"), help="by default they follow the query"
    )
    fusion.add_argument("--depth", type=count, default=300, help="documents of each side that are fused (300)")


def run(options: argparse.Namespace) -> None:
    """Answer the question, or search with every topic and write the run."""
    if (options.question is None) == (options.topics is None):
        raise OpticalError("give one question, or a file of them with --topics and --output")
    searcher = open_searcher(options, options.mode, _read_settings(options))
    if options.question is not None:
        _answer(searcher, options)
    else:
        _write_run(searcher, options)


def _answer(searcher: "OpticalSearcher", options: argparse.Namespace) -> None:
    if options.output is not None:
        raise OpticalError(
            f"--output {options.output}: a run is written with --topics; for one question there is --json"
        )
    answer = searcher.search(options.question, options.hits or HITS)
    if options.json:
        sys.stdout.write(json.dumps(answer.to_json(), ensure_ascii=False, indent=1) + "\n")
        return
    from rich.console import Console

    from pyserini_optical.searcher.terminal import show_answer

    show_answer(answer, Console())


def _write_run(searcher: "OpticalSearcher", options: argparse.Namespace) -> None:
    from tqdm import tqdm

    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.runs import write_run
    from pyserini_optical.topics import read_topics

    if options.output is None or options.json:
        raise OpticalError("--topics answers with a TREC run: name it with --output, and leave out --json")
    refuse_overwrite(options.output, options.overwrite)
    topics = read_topics(options.topics)
    with tqdm(total=len(topics), unit="query", disable=None) as bar:
        found = searcher.run(topics, options.hits or HITS_OF_A_RUN, options.batch_size, bar.update)
    write_run(options.output, found, options.tag or f"optical-{searcher.mode}", options.overwrite)


def _read_settings(options: argparse.Namespace) -> "Settings":
    from pyserini_optical.fusion.weights import SHIPPED_WEIGHTS
    from pyserini_optical.psq import Pruning
    from pyserini_optical.searcher import Settings

    return Settings(
        k1=options.k1,
        b=options.b,
        pruning=Pruning(options.smallest_probability, options.probability_mass, options.most_translations),
        document_frequency=options.document_frequency,
        names=not options.no_names,
        hubness_penalty=options.hubness_penalty,
        gloss=options.gloss,
        # Reciprocal ranks know no scores to follow.
        weights=options.weights or (SHIPPED_WEIGHTS if options.method == "weighted-sum" else (1.0, 1.0)),
        method=options.method,
        normalisation=options.normalisation,
        depth=options.depth,
        ef_search=options.ef_search,
        nprobe=options.nprobe,
    )
