"""Fit the weights that follow the query, and report how they do where they were not fitted.

    python eval/experiments/fit_fusion.py --pool LUCENE DENSE [--pool ...] --work FOLDER [--report FILE]

Searches the topics of lowres-clir with structured queries and with the student, its gloss read and hubness reduced as
in a hybrid, in every pool (the runs are kept in the work folder and used again), measures the features of each query,
fits a logistic model of the sparse side's share on a few languages of all pools (what ships, so that the others are
reported clean), and writes a report: equal weights, RRF, the best fixed weight and the best weight per query (these
look at the judgements), and the model fitted on those languages, on everything, without the language that is scored,
and without the query set that is scored.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from pyserini_optical.commands import main
from pyserini_optical.fusion import fuse
from pyserini_optical.fusion.hubness import HUBNESS_PENALTY
from pyserini_optical.fusion.normalisation import normalise_z_score
from pyserini_optical.fusion.weights import DEPTH, SHIPPED_WEIGHTS, measure_features
from pyserini_optical.lexicon.words import foreign_words
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import rank, read_run
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

FEATURES = ("length", "sparse_margin", "dense_margin", "bias")
POOL = 100  # documents of each list that compete while fitting
CUT = 10
SOFTNESS = 0.1  # of the ranks while fitting, in z-scores
PENALTY = 0.001  # on the squared coefficients
GRID = np.linspace(0.0, 1.0, 21)


@dataclass
class TopicSet:
    """The judged queries of one set and language.

    Attributes
    ----------
    name : str
        `set.language`.
    pool : int
        Which of the pools was searched.
    sparse, dense : ndarray, shape (queries, candidates)
        Z-scores; -1e3 where a query has fewer candidates.
    relevant : ndarray of bool, shape (queries, candidates)
    features : ndarray, shape (queries, features)
    rrf : ndarray, shape (queries,)
        Reciprocal ranks of RRF, which needs no weights.
    """

    name: str
    pool: int
    sparse: np.ndarray
    dense: np.ndarray
    relevant: np.ndarray
    features: np.ndarray
    rrf: np.ndarray

    @property
    def key(self) -> tuple[int, str]:
        """Pool and name."""
        return self.pool, self.name

    def reciprocal_ranks(self, share: np.ndarray | float) -> np.ndarray:
        """Fuse by the sparse side's share (a number, or one a query); reciprocal ranks within the first ten."""
        share = np.broadcast_to(share, len(self.sparse))[:, None]
        scores = share * self.sparse + (1 - share) * self.dense
        best = np.where(self.relevant, scores, -np.inf).max(1, keepdims=True)
        ranks = 1 + (scores > best).sum(1)
        return np.where(self.relevant.any(1) & (ranks <= CUT), 1 / ranks, 0.0)


def read_set(name: str, pool: int, options: argparse.Namespace) -> TopicSet:
    """Search, unless the runs are there, and lay the candidates of each query out."""
    collection = shipped("eval/lowres-clir")
    topics_path = collection / "topics" / f"{name}.tsv"
    topics, qrels = read_topics(topics_path), read_qrels(collection / "qrels" / f"{name.split('.')[0]}.txt")
    language = language_of(name)
    lucene_index, dense_index = options.pool[pool]
    runs = []
    for mode in ("psq", "dense"):
        path = options.work / str(pool) / f"{name}.{mode}.txt"
        if not path.exists():
            command = ["search", "--mode", mode, "--topics", str(topics_path), "--language", language]
            command += ["--lucene-index", lucene_index, "--dense-index", dense_index, "--hits", str(DEPTH), "--gloss"]
            command += ["--table", options.table, "--encoder", options.encoder, "--output", str(path)]
            command += ["--hubness-penalty", str(HUBNESS_PENALTY)]
            if main(command) != 0:
                sys.exit(f"searching {name} failed")
        runs.append(read_run(path, topics))
    queries = [query for query in topics if query in qrels]
    rows = [lay_out(runs[0].get(query, {}), runs[1].get(query, {}), qrels[query]) for query in queries]
    width = max(len(row[0]) for row in rows)
    arrays = [np.full((len(rows), width), fill) for fill in (-1e3, -1e3, False)]
    for array, column in zip(arrays, zip(*rows, strict=True), strict=True):
        for place, values in enumerate(column):
            array[place, : len(values)] = values
    features = [
        (
            *measure_features(
                runs[0].get(query) or {"": 0.0}, runs[1][query], len(foreign_words(topics[query], language))
            ),
            1.0,
        )
        for query in queries
    ]
    fused = fuse(runs, "rrf", hits=CUT, queries=topics)
    rrf = [max((1 / (i + 1) for i, d in enumerate(fused[q]) if qrels[q].get(d, 0) > 0), default=0.0) for q in queries]
    sparse, dense, relevant = arrays
    return TopicSet(name, pool, sparse, dense, relevant, np.array(features), np.array(rrf))


def lay_out(sparse: dict[str, float], dense: dict[str, float], judged: dict[str, int]) -> tuple[np.ndarray, ...]:
    """Z-scores of the candidates in both lists, and which are relevant, as the weighted sum sees them."""
    lists = [normalise_z_score(scores) for scores in (sparse, dense)]
    floors = [min(scores.values(), default=0.0) for scores in lists]
    found = {document for document, grade in judged.items() if grade > 0 and (document in sparse or document in dense)}
    pool = sorted({*list(rank(sparse, POOL)), *list(rank(dense, POOL)), *found})
    columns = [np.array([z.get(document, floor) for document in pool]) for z, floor in zip(lists, floors, strict=True)]
    return columns[0], columns[1], np.array([document in found for document in pool])


def fit(sets: Sequence[TopicSet], columns: Sequence[int]) -> np.ndarray:
    """Maximise the mean smoothed reciprocal rank, each set counting the same."""

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = PENALTY * float(beta @ beta), 2 * PENALTY * beta
        for one in sets:
            x = one.features[:, columns]
            share = 1 / (1 + np.exp(-(x @ beta)))
            usable = one.relevant.any(1)
            scores = share[:, None] * one.sparse + (1 - share[:, None]) * one.dense
            place = np.where(one.relevant, scores, -np.inf).argmax(1)[:, None]
            gap = scores - np.take_along_axis(scores, place, 1)
            slope = (one.sparse - one.dense) - np.take_along_axis(one.sparse - one.dense, place, 1)
            above = 1 / (1 + np.exp(-np.clip(gap / SOFTNESS, -50, 50)))
            ranks = 0.5 + above.sum(1)
            by_share = -(usable / ranks**2) * (above * (1 - above) / SOFTNESS * slope).sum(1)
            total -= float((usable / ranks).mean()) / len(sets)
            gradient -= x.T @ (by_share * share * (1 - share)) / len(one.features) / len(sets)
        return total, gradient

    return minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B").x


def shares(one: TopicSet, beta: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """Sparse side's share of each query of a set."""
    return 1 / (1 + np.exp(-(one.features[:, columns] @ beta)))


def leave_out(
    sets: Sequence[TopicSet], columns: Sequence[int], group: Callable[[str], str]
) -> dict[tuple[int, str], float]:
    """Score each set with a model that was fitted without its group."""
    scores = {}
    for left_out in sorted({group(one.name) for one in sets}):
        beta = fit([one for one in sets if group(one.name) != left_out], columns)
        for one in sets:
            if group(one.name) == left_out:
                scores[one.key] = one.reciprocal_ranks(shares(one, beta, columns)).mean()
    return scores


def language_of(name: str) -> str:
    """`flores.swa` -> `swa`."""
    return name.split(".")[1]


def kind_of(name: str) -> str:
    """`afriqa-swa.swa` -> `afriqa`."""
    return name.split(".")[0].split("-")[0]


def report(sets: Sequence[TopicSet], languages: Sequence[str]) -> str:
    """Fit, score and lay out as Markdown."""
    columns = list(range(len(FEATURES)))
    shipped_beta = fit([one for one in sets if language_of(one.name) in languages], columns)
    beta = fit(sets, columns)
    grids = {one.key: np.stack([one.reciprocal_ranks(share) for share in GRID]) for one in sets}
    best_fixed = int(np.mean([grids[one.key].mean(1) for one in sets], axis=0).argmax())
    table: dict[str, dict[tuple[int, str], float]] = {
        "structured queries alone": {one.key: grids[one.key][-1].mean() for one in sets},
        "student alone, hubness reduction": {one.key: grids[one.key][0].mean() for one in sets},
        "RRF (k = 60)": {one.key: one.rrf.mean() for one in sets},
        "equal weights": {one.key: one.reciprocal_ranks(0.5).mean() for one in sets},
        f"fixed share {GRID[best_fixed]:.2f}, the best over all sets *": {
            one.key: grids[one.key][best_fixed].mean() for one in sets
        },
        "**follows the query, as it ships**": {
            one.key: one.reciprocal_ranks(shares(one, np.array(astuple(SHIPPED_WEIGHTS)), columns)).mean()
            for one in sets
        },
        f"follows the query, fitted on {', '.join(languages)}": {
            one.key: one.reciprocal_ranks(shares(one, shipped_beta, columns)).mean() for one in sets
        },
        "follows the query, its language left out": leave_out(sets, columns, language_of),
        "follows the query, its kind of set left out": leave_out(sets, columns, kind_of),
        "follows the query, fitted on all sets *": {
            one.key: one.reciprocal_ranks(shares(one, beta, columns)).mean() for one in sets
        },
        "the best fixed share of each set *": {one.key: grids[one.key].mean(1).max() for one in sets},
        "the best share of each query *": {one.key: grids[one.key].max(0).mean() for one in sets},
    }
    for place, feature in enumerate(FEATURES):
        others = [column for column in columns if column != place]
        table[f"without `{feature}`, language left out"] = leave_out(sets, others, language_of)
    tables = []
    for pool in sorted({one.pool for one in sets}):
        names = [one.name for one in sets if one.pool == pool]
        lines = ["| | mean | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
        for row, scores in table.items():
            figures = [scores[pool, name] for name in names]
            lines.append(f"| {row} | " + " | ".join(f"{figure:.3f}" for figure in (np.mean(figures), *figures)) + " |")
        tables.append(f"## Pool {pool + 1}\n\n" + "\n".join(lines))
    models = []
    for where, found in ((", ".join(languages), shipped_beta), ("all", beta)):
        settings = ", ".join(f"{name}={value:.2f}" for name, value in zip(FEATURES, found, strict=True))
        models.append(f"Fitted on {where}: `AdaptiveWeights({settings})`")
    head = (
        "# Weights that follow the query\n\nMade by `eval/experiments/fit_fusion.py`. MRR@10 of structured queries and "
        f"student fused by the weighted sum of z-scores, {DEPTH} documents of each. Rows marked * use the "
        "judgements of the queries they are scored on: upper bounds, not methods. The pools are fitted together."
    )
    return "\n\n".join([head, *tables, *models]) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--pool", nargs=2, action="append", required=True, metavar=("LUCENE", "DENSE"), help="indexes of one pool"
    )
    parser.add_argument("--table", default="optical")
    parser.add_argument("--encoder", default="optical")
    parser.add_argument("--work", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--sets", nargs="+", help="`set.language`; by default every one of lowres-clir but English")
    parser.add_argument("--fit-on", nargs="+", default=["fra", "spa", "deu", "ita"], help="languages, by code")
    parser.add_argument("--report", type=Path, default=Path("eval/experiments/fit_fusion.md"))
    arguments = parser.parse_args()
    for pool in range(len(arguments.pool)):
        (arguments.work / str(pool)).mkdir(parents=True, exist_ok=True)
    found = sorted(path.name.removesuffix(".tsv") for path in (shipped("eval/lowres-clir") / "topics").glob("*.tsv"))
    chosen = arguments.sets or [name for name in found if not name.endswith(".eng")]
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    read = [read_set(name, pool, arguments) for pool in range(len(arguments.pool)) for name in chosen]
    arguments.report.write_text(report(read, arguments.fit_on), encoding="utf-8")
