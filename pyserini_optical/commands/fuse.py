"""`pyserini-optical fuse --runs RUN RUN ... --output RUN`: fuse TREC runs, and tune the weights."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pyserini_optical.commands.options import count, natural, parse_language
from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    from pyserini_optical.runs import Run

ADAPTIVE = "adaptive"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--runs", nargs="+", required=True, metavar="RUN", help="TREC runs, plain or gzip")
    parser.add_argument("--output", required=True, metavar="RUN", help="the fused run")
    parser.add_argument("--runtag", default="optical-fusion", help="name in the last column of the fused run")
    parser.add_argument("--overwrite", action="store_true", help="replace outputs that exist")
    parser.add_argument("--method", choices=("weighted-sum", "rrf"), default="weighted-sum")
    parser.add_argument("--normalisation", choices=("min-max", "z-score", "rank", "none"), default="z-score")
    parser.add_argument("--rrf.k", dest="rrf_k", type=natural, default=60, metavar="K", help="the constant of rrf")
    parser.add_argument(
        "--depth",
        type=count,
        help="documents of each run that count (1000; 300 with `--weights adaptive`, as in a hybrid)",
    )
    parser.add_argument("--k", type=count, default=1000, help="documents of the fused run, a query")
    parser.add_argument("--strict", action="store_true", help="refuse runs whose rank column contradicts the scores")
    parser.add_argument("--topics", help="topics: all queries, so that a run may lack those that found nothing")
    parser.add_argument(
        "--language", type=parse_language, metavar="CODE", help="of the topics, ISO 639-3, for `--weights adaptive`"
    )
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--weights",
        nargs="+",
        metavar="WEIGHT",
        help="one number per run; a JSON file that --tune made; or `adaptive`: by query, for a sparse run and a dense "
        "one (searched with --hubness-penalty 0.5) in this order (needs --topics); by default equal",
    )
    weights.add_argument("--tune", metavar="JSON", help="choose weights by cross-validation and save them")
    parser.add_argument("--qrels", help="TREC qrels for --tune")
    parser.add_argument("--metric", default="RR@10", help="what --tune maximises: RR@10, nDCG@10, AP, ...")
    parser.add_argument(
        "-l",
        "--relevance-level",
        type=count,
        default=1,
        metavar="GRADE",
        help="least grade that counts as relevant (1)",
    )
    parser.add_argument("--folds", type=count, default=5, help="folds of --tune")


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
            raise OpticalError("--weights adaptive looks at the queries: name them with --topics")
        if (options.method, options.normalisation) != ("weighted-sum", "z-score"):
            raise OpticalError("--weights adaptive is made for the weighted sum of z-scores; leave the defaults")
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
    from pyserini_optical.evaluation.measures import evaluate
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.fusion.tune import tune
    from pyserini_optical.qrels import read_qrels

    if not options.qrels:
        raise OpticalError("--tune chooses weights by judgements: name them with --qrels")
    if options.method != "weighted-sum":
        raise OpticalError("--tune chooses the weights of a weighted sum; leave --method out")
    refuse_overwrite(options.tune, options.overwrite)
    qrels = read_qrels(options.qrels)
    tuned, fused = tune(
        runs,
        lambda run: evaluate(qrels, _by_rank(run), [options.metric], options.relevance_level).per_query[options.metric],
        options.metric,
        qrels,
        options.folds,
        options.normalisation,
        options.depth,
        options.k,
    )
    tuned.save(options.tune, options.overwrite)
    weights = " ".join(f"{weight:g}" for weight in tuned.weights)
    unjudged = len(fused) - len(tuned.queries)
    others = f"; {unjudged} queries that are not judged have these weights" if unjudged else ""
    sys.stdout.write(
        f"weights {weights}; {tuned.measure} {tuned.cross_validated:.4f} by cross-validation over "
        f"{len(tuned.queries)} queries{others}\n"
    )
    return fused


def _by_rank(run: "Run") -> "Run":
    """Scores that no scorer can tie: of equal ones trec_eval would take the last document id first, a run the first."""
    return {query: {document: -float(place) for place, document in enumerate(found)} for query, found in run.items()}
