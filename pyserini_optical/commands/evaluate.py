"""`pyserini-optical evaluate --qrels Q RUN [RUN ...] -m MEASURE`."""

import argparse
import itertools
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pyserini_optical.commands.options import add_relevance_level
from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    from pyserini_optical.evaluation.measures import Scores
    from pyserini_optical.evaluation.significance import Comparison
    from pyserini_optical.evaluation.tables import Grid
    from pyserini_optical.qrels import Qrels
    from pyserini_optical.runs import Run


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="TREC runs, plain or gzip")
    parser.add_argument("--qrels", required=True, help="TREC qrels")
    parser.add_argument(
        "-m", "--measure", action="append", help="nDCG@10, RR@10, R@100, AP, ..., or trec_eval's names (repeatable)"
    )
    add_relevance_level(parser)
    parser.add_argument("--topics", help="topics in any of Pyserini's formats; runs with any other query are refused")
    parser.add_argument("--strict", action="store_true", help="refuse runs whose rank column contradicts the scores")
    parser.add_argument("--baseline", help="run to compare the others with (default: the first)")
    parser.add_argument("--per-query", action="store_true", help="also show the score of every query")
    parser.add_argument(
        "--rank-distance",
        action="store_true",
        help="also show rank distances; the runs must be of parallel topics in several languages",
    )
    parser.add_argument(
        "--plots", metavar="FOLDER", help="draw the differences from the baseline (and the rank distance) here"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print Markdown")


def run(options: argparse.Namespace) -> int:
    """Score the runs, compare them, print."""
    from pyserini_optical.evaluation.measures import DEFAULT_MEASURES
    from pyserini_optical.evaluation.score_tables import (
        tabulate_comparisons,
        tabulate_distances,
        tabulate_means,
        tabulate_queries,
    )
    from pyserini_optical.qrels import read_qrels
    from pyserini_optical.topics import read_topics

    measures = options.measure or list(DEFAULT_MEASURES)
    qrels = read_qrels(options.qrels)
    queries = read_topics(options.topics) if options.topics else None
    names = name_runs(options.runs)
    scores, heads = {}, {}
    for name, path in zip(names, options.runs, strict=True):
        scores[name], heads[name] = _score(path, qrels, queries, measures, options)
    baseline = _choose_baseline(options.baseline, options.runs, names)
    comparisons = _compare_all(scores, baseline, measures)
    ranks = _find_ranks(qrels, heads, options.relevance_level) if options.rank_distance else None
    if options.plots:
        _draw(Path(options.plots), scores, baseline, measures, ranks)
    if options.json:
        sys.stdout.write(json.dumps(_as_json(scores, baseline, comparisons, ranks), indent=2) + "\n")
        return 0
    grids = [tabulate_means(scores, measures)]
    grids += [tabulate_comparisons(each, baseline, comparisons[each]) for each in measures if comparisons[each]]
    if options.per_query:
        grids += [tabulate_queries(scores, measure) for measure in measures]
    if ranks is not None:
        grids.append(tabulate_distances(ranks))
    _print(grids, options.markdown)
    for name, scored in scores.items():
        if scored.missing:
            sys.stderr.write(
                f"{name}: {len(scored.missing)} judged queries are missing and score 0: {' '.join(scored.missing)}\n"
            )
    return 0


def _score(
    path: str, qrels: "Qrels", queries: Collection[str] | None, measures: Sequence[str], options: argparse.Namespace
) -> "tuple[Scores, Run]":
    """Score a run while reading it; return its scores, and the top documents if their ranks are needed."""
    from pyserini_optical.evaluation.measures import evaluate
    from pyserini_optical.evaluation.rank_distance import DEPTH
    from pyserini_optical.runs import read_by_query

    kept = DEPTH if options.rank_distance else 0

    def take(rankings: Iterator[tuple[str, dict[str, float]]]) -> "tuple[Scores, Run]":
        heads: Run = {}

        def watch() -> Iterator[tuple[str, dict[str, float]]]:
            for query, ranking in rankings:
                heads[query] = dict(itertools.islice(ranking.items(), kept))
                yield query, ranking

        return evaluate(qrels, watch(), measures, options.relevance_level), heads

    scores, heads = read_by_query(path, take, queries, options.strict)
    _say_unjudged(path, heads, options.qrels, qrels)
    return scores, heads


def name_runs(paths: Sequence[str]) -> list[str]:
    """Short names of runs: the file's name without `run.` and `.txt.gz`, or the path if two are the same."""
    short = [Path(path).name.removeprefix("run.").removesuffix(".gz").removesuffix(".txt") for path in paths]
    if len(set(paths)) != len(paths):
        raise OpticalError("the same run is given twice; name each run once")
    return [name if short.count(name) == 1 else path for name, path in zip(short, paths, strict=True)]


def _say_unjudged(path: str, run: "Run", judged_path: str, qrels: "Qrels") -> None:
    """Say how many queries of a run nobody judged, as many do who judge a sample; refuse a run without any other."""
    unjudged = [query for query in run if query not in qrels]
    if len(unjudged) == len(run):
        raise OpticalError(
            f"{path}: none of its {len(run)} queries (such as {unjudged[0]}) is judged in {judged_path} (such as "
            f"{next(iter(qrels))}); check that the two belong together"
        )
    if unjudged:
        sys.stderr.write(f"{path}: {len(unjudged)} of {len(run)} queries are unjudged and were skipped\n")


def _choose_baseline(wanted: str | None, paths: Sequence[str], names: Sequence[str]) -> str:
    if wanted is None:
        return names[0]
    for name, path in zip(names, paths, strict=True):
        if wanted in (name, path):
            return name
    raise OpticalError(f"--baseline {wanted}: is not among the runs ({', '.join(names)})")


def _compare_all(
    scores: "dict[str, Scores]", baseline: str, measures: Sequence[str]
) -> "dict[str, dict[str, Comparison]]":
    from pyserini_optical.evaluation.significance import compare

    base = scores[baseline].per_query
    return {
        measure: {
            name: compare(scored.per_query[measure], base[measure])
            for name, scored in scores.items()
            if name != baseline and len(base[measure]) > 1
        }
        for measure in measures
    }


def _find_ranks(qrels: "Qrels", runs: "dict[str, Run]", level: int) -> dict[str, dict[str, int]]:
    from pyserini_optical.evaluation.rank_distance import relevant_ranks

    return {name: relevant_ranks(qrels, run, level=level) for name, run in runs.items()}


def _draw(
    folder: Path,
    scores: "dict[str, Scores]",
    baseline: str,
    measures: Sequence[str],
    ranks: dict[str, dict[str, int]] | None,
) -> None:
    from pyserini_optical.evaluation.plots import plot_differences, plot_rank_losses
    from pyserini_optical.evaluation.rank_distance import mean_rank_losses, rank_distance

    for measure in measures:
        for name in scores:
            if name != baseline:
                pair = scores[name].per_query[measure], scores[baseline].per_query[measure]
                picture = folder / f"{measure}.{Path(name).name}.png"
                plot_differences(picture, *pair, (Path(name).name, Path(baseline).name), measure)
    if ranks is not None:
        title = f"rank distance {rank_distance(ranks):.2f}"
        plot_rank_losses(folder / "rank-distance.png", list(ranks), mean_rank_losses(ranks), title)


def _as_json(
    scores: "dict[str, Scores]",
    baseline: str,
    comparisons: "dict[str, dict[str, Comparison]]",
    ranks: dict[str, dict[str, int]] | None,
) -> dict:
    from pyserini_optical.evaluation.rank_distance import rank_distance
    from pyserini_optical.evaluation.significance import correct_holm

    result: dict = {"runs": {name: asdict(scored) for name, scored in scores.items()}, "baseline": baseline}
    result["comparisons"] = {}
    for measure, found in comparisons.items():
        adjusted = [
            correct_holm([getattr(comparison, test) for comparison in found.values()])
            for test in ("t_test", "randomisation")
        ]
        result["comparisons"][measure] = {
            name: {**asdict(comparison), "t_test_holm": t_test, "randomisation_holm": randomisation}
            for (name, comparison), t_test, randomisation in zip(found.items(), *adjusted, strict=True)
        }
    if ranks is not None:
        result["rank_distance"] = rank_distance(ranks)
    return result


def _print(grids: "Sequence[Grid]", markdown: bool) -> None:
    from rich.console import Console

    from pyserini_optical.evaluation.tables import to_markdown, to_rich

    if markdown:
        sys.stdout.write("\n".join(f"{grid.title}\n\n{to_markdown(grid)}" for grid in grids))
        return
    console = Console()
    for grid in grids:
        console.print(to_rich(grid, console.width))
