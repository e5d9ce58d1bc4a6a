"""`pyserini-optical fuse --runs RUN RUN ... --output RUN`: fuse TREC runs, and tune the weights."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pyserini_optical.commands.options import add_relevance_level, count, natural, parse_language
from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    from pyserini_optical.runs import Run

ADAPTIVE = "adaptive"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--runs", nargs="+", required=True, metavar="RUN", help="TREC runs, plain or gzip")
    parser.add_argument("--output", required=True, metavar="RUN", help="the fused run to write")
    parser.add_argument("--runtag", default="optical-fusion", help="run tag of the fused run (default: optical-fusion)")
    parser.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    parser.add_argument("--method", choices=("weighted-sum", "rrf"), default="weighted-sum")
    parser.add_argument("--normalisation", choices=("min-max", "z-score", "rank", "none"), default="z-score")
    parser.add_argument(
        "--rrf.k", dest="rrf_k", type=natural, default=60, metavar="K", help="the constant of rrf (default: 60)"
    )
    parser.add_argument(
        "--depth",
        type=count,
        help="documents used from each run (default: 1000; with `--weights adaptive` 300, as in a hybrid)",
    )
    parser.add_argument("--k", type=count, default=1000, help="documents per query in the fused run (default: 1000)")
    parser.add_argument("--strict", action="store_true", help="refuse runs whose rank column contradicts the scores")
    parser.add_argument(
        "--topics", help="topics file with all queries, so that runs may lack queries that found nothing"
    )
    parser.add_argument(
        "--language",
        type=parse_language,
        metavar="CODE",
        help="language of the topics (ISO 639-3), for `--weights adaptive`",
    )
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--weights",
        nargs="+",
        metavar="WEIGHT",
        help="one number per run; a JSON file written by --tune; or `adaptive`: weights per query, for a sparse and a "
        "dense run in this order, the latter searched with --hubness-penalty 0.5 (needs --topics). Default: equal",
    )
    weights.add_argument(
        "--tune", metavar="JSON", help="choose weights by cross-validation and write them to this file"
    )
    parser.add_argument("--qrels", help="TREC qrels for --tune")
    parser.add_argument(
        "--metric", default="RR@10", help="measure that --tune maximises: RR@10, nDCG@10, AP, ... (default: RR@10)"
    )
    add_relevance_level(parser)
    parser.add_argument("--folds", type=count, default=5, help="cross-validation folds for --tune (default: 5)")


def run(options: argparse.Namespace) -> None:
    """Fuse the runs and write the result."""
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.fusion import fuse
    from pyserini_optical.fusion.weights import DEPTH
    from pyserini_optical.runs import read_run, write_run
    from pyserini_optical.topics import read_topics

    refuse_overwrite(options.output, options.overwrite)
    if options.depth is None:
        options.depth = DEPTH if options.weights == [ADAPTIVE] else 1000
    topics = read_topics(options.topics) if options.topics else None
    runs = [read_run(path, topics, options.strict) for path in options.runs]
    if options.tune:
        fused = _tune(options, runs)
    else:
        weights = _choose_weights(options, runs, topics)
        fused = fuse(
            runs,
            options.method,
            weights,
            options.normalisation,
            options.depth,
            options.k,
            options.rrf_k,
            topics,
        )
    write_run(options.output, fused, options.runtag, options.overwrite)


def _choose_weights(
    options: argparse.Namespace, runs: Sequence["Run"], topics: Mapping[str, str] | None
) -> Sequence[float] | Mapping[str, Sequence[float]] | None:
    from pyserini_optical.fusion.tune import TunedWeights
    from pyserini_optical.fusion.weights import weigh_queries

    if options.weights is None:
        return None
    if options.weights == [ADAPTIVE]:
        if topics is None:
            raise OpticalError("--weights adaptive needs the queries: pass them with --topics")
        if (options.method, options.normalisation) != ("weighted-sum", "z-score"):
            raise OpticalError(
                "--weights adaptive needs a weighted sum of z-scores: leave out --method and --normalisation"
            )
        return weigh_queries(runs, topics, options.depth, language=options.language)
    try:
        return [float(weight) for weight in options.weights]
    except ValueError:
        pass
    if len(options.weights) != 1:
        raise OpticalError(
            f"--weights {' '.join(options.weights)}: give one number per run, a JSON file, or `adaptive`"
        )
    tuned = TunedWeights.load(options.weights[0])
    tuned.warn_of_reuse(runs[0])
    if (tuned.normalisation, tuned.depth, "weighted-sum") != (options.normalisation, options.depth, options.method):
        raise OpticalError(
            f"{options.weights[0]}: was tuned for --method weighted-sum --normalisation {tuned.normalisation} "
            f"--depth {tuned.depth}; pass these"
        )
    return tuned.weights


def _tune(options: argparse.Namespace, runs: Sequence["Run"]) -> "Run":
    from pyserini_optical.evaluation.measures import evaluate, keep_order
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.fusion.tune import tune
    from pyserini_optical.qrels import read_qrels

    if not options.qrels:
        raise OpticalError("--tune needs judgements: pass them with --qrels")
    if options.method != "weighted-sum":
        raise OpticalError("--tune works only with a weighted sum: leave out --method")
    refuse_overwrite(options.tune, options.overwrite)
    qrels = read_qrels(options.qrels)
    measure, level = options.metric, options.relevance_level
    tuned, fused = tune(
        runs,
        lambda run: evaluate(qrels, keep_order(run), [measure], level).per_query[measure],
        measure,
        qrels,
        options.folds,
        options.normalisation,
        options.depth,
        options.k,
    )
    tuned.save(options.tune, options.overwrite)
    weights = " ".join(f"{weight:g}" for weight in tuned.weights)
    unjudged = len(fused) - len(tuned.queries)
    others = f"; {unjudged} unjudged queries use these weights" if unjudged else ""
    sys.stdout.write(
        f"weights {weights}; {tuned.measure} {tuned.cross_validated:.4f} by cross-validation over "
        f"{len(tuned.queries)} queries{others}\n"
    )
    return fused
