"""`pyserini-optical search "QUESTION" --lucene-index L`, or with `--topics F --output RUN` for a file of queries."""

import argparse
import json
import logging
import sys
from typing import TYPE_CHECKING

from pyserini_optical.commands.opening import declare_indexes, open_searcher
from pyserini_optical.commands.options import amount, count, share
from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    from pyserini_optical.searcher import OpticalSearcher, Settings

logger = logging.getLogger(__name__)

MODES = ("bm25", "psq", "dense", "hybrid")
HITS, HITS_OF_A_RUN = 10, 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options, under Pyserini's names where Pyserini has them."""
    parser.add_argument("question", nargs="?", help="one question, answered in the terminal (or use --topics)")
    parser.add_argument("--topics", help="queries: TSV, JSON, JSON lines or TREC topics")
    parser.add_argument("--output", metavar="RUN", help="the TREC run to write, with --topics")
    parser.add_argument(
        "--mode",
        choices=MODES,
        help="bm25; psq: BM25 with structured queries; dense: the student; hybrid: psq and dense, fused. By default "
        "whatever the given indexes allow",
    )
    parser.add_argument(
        "--hits", type=count, help=f"documents per query (default: {HITS}; with --topics {HITS_OF_A_RUN})"
    )
    parser.add_argument("--json", action="store_true", help="print the answer to a question as JSON")
    parser.add_argument("--tag", help="run tag (by default the mode)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing output")
    parser.add_argument("--batch-size", type=count, default=64, help="queries searched together")
    declare_indexes(parser.add_argument_group("indexes, queries and encoder"))

    sparse = parser.add_argument_group("sparse side (bm25, psq, hybrid)")
    sparse.add_argument("--k1", type=amount, default=0.9, help="BM25's k1 (default: 0.9)")
    sparse.add_argument("--b", type=share, help="BM25's b; by default 0.4, and up to 1 for long psq queries")
    sparse.add_argument(
        "--smallest-probability",
        type=share,
        default=0.03,
        help="drop translations less probable than this (default: 0.03)",
    )
    sparse.add_argument(
        "--probability-mass",
        type=share,
        default=1.0,
        help="keep a word's most probable translations up to this sum (default: 1)",
    )
    sparse.add_argument(
        "--most-translations", type=count, default=20, help="translations per word at most (default: 20)"
    )
    sparse.add_argument(
        "--document-frequency",
        choices=("max", "expected"),
        default="max",
        help="document frequency of a word: max, the largest of its translations, as Lucene's synonym query takes; "
        "expected: weighted by probability, as in PSQ (default: max)",
    )
    sparse.add_argument("--no-names", action="store_true", help="do not match unknown words with names in the index")

    dense = parser.add_argument_group("dense side (dense, hybrid)")
    dense.add_argument(
        "--hubness-penalty",
        type=share,
        help="weight of a passage's similarity to its neighbours, which is subtracted from its score; by default 0.5 "
        "in a hybrid, and 0 in a dense search, which then scores as pyserini.search.faiss does",
    )
    dense.add_argument(
        "--gloss",
        action=argparse.BooleanOptionalAction,
        help="add the teacher's vector of a word-by-word translation (default: in a hybrid)",
    )
    dense.add_argument("--ef-search", type=count, help="HNSW index: candidates kept; more finds more, and takes longer")
    dense.add_argument(
        "--nprobe", type=count, help="IVF index: inverted lists visited; more finds more, and takes longer"
    )

    fusion = parser.add_argument_group("fusion (hybrid)")
    fusion.add_argument("--method", choices=("weighted-sum", "rrf"), default="weighted-sum")
    fusion.add_argument("--normalisation", choices=("min-max", "z-score", "rank"), default="z-score")
    fusion.add_argument(
        "--weights",
        nargs=2,
        type=amount,
        metavar=("SPARSE", "DENSE"),
        help="fixed fusion weights (by default they depend on the query)",
    )
    fusion.add_argument("--depth", type=count, default=300, help="documents fused from each side (default: 300)")


def run(options: argparse.Namespace) -> None:
    """Answer the question, or search with every topic and write the run."""
    if (options.question is None) == (options.topics is None):
        raise OpticalError("give either one question, or a topics file with --topics and --output")
    searcher = open_searcher(options, options.mode, _read_settings(options))
    if options.question is not None:
        _answer(searcher, options)
    else:
        _write_run(searcher, options)


def _answer(searcher: "OpticalSearcher", options: argparse.Namespace) -> None:
    if options.output is not None:
        raise OpticalError(f"--output {options.output}: only --topics writes a run; for one question, use --json")
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
        raise OpticalError("--topics writes a TREC run: name it with --output, and leave out --json")
    refuse_overwrite(options.output, options.overwrite)
    topics = read_topics(options.topics)
    with tqdm(total=len(topics), unit="query", disable=None) as bar:
        found = searcher.run(topics, options.hits or HITS_OF_A_RUN, options.batch_size, bar.update)
    empty = [name for name, ranking in found.items() if not ranking]
    if empty:
        logger.warning("%d of %d queries found nothing, such as %s", len(empty), len(found), empty[0])
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
        # Adaptive weights need scores, which reciprocal ranks ignore.
        weights=options.weights or (SHIPPED_WEIGHTS if options.method == "weighted-sum" else (1.0, 1.0)),
        method=options.method,
        normalisation=options.normalisation,
        depth=options.depth,
        ef_search=options.ef_search,
        nprobe=options.nprobe,
    )
