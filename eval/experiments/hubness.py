"""What hubness reduction gives in a dense search, by penalty, pool and number of neighbours.

    python eval/experiments/hubness.py --dense-index D [--report eval/experiments/hubness.md]
    python eval/experiments/hubness.py --baseline me5 --dense-index ME5 --report hubness-baseline.md

The second is for a baseline, a mean-pooled encoder with an index of its own (multilingual-e5-small: its queries begin
with `query: `).

Searches the topics of lowres-clir, human English ones too, with the students that ship, and scores the first documents
anew with each setting: MRR@10, mean over the sets of a kind.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from pyserini.encode import AutoQueryEncoder
from pyserini.search.faiss import FaissSearcher
from tqdm import tqdm
from training import write_report

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.evaluation.tables import Grid, TableCell
from pyserini_optical.fusion.hubness import CANDIDATES, HUBNESS_PENALTY, NEIGHBOURS, POOL, measure_similarity
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

SHIPS = (HUBNESS_PENALTY, POOL, NEIGHBOURS)
SETTINGS = [
    (0.0, POOL, NEIGHBOURS),
    *((penalty, POOL, NEIGHBOURS) for penalty in (0.25, 0.5, 0.75)),
    *((HUBNESS_PENALTY, POOL, neighbours) for neighbours in (5, 10, 50)),
    *((HUBNESS_PENALTY, pool, NEIGHBOURS) for pool in (100, CANDIDATES)),
]
KINDS = ("afriqa", "xquad", "ntrex", "flores")


def open_encoder(language: str, baseline: str | None) -> Any:
    """The student that ships, for English the teacher, or a baseline as stock Pyserini opens it."""
    if baseline is not None:
        return AutoQueryEncoder(baseline, pooling="mean", l2_norm=True, prefix="query:")
    return load_query_encoder("optical" if language == "eng" else f"optical-{language}")


def score_set(name: str, dense_index: str, baseline: str | None) -> dict[tuple[float, int, int], float]:
    """MRR@10 of a set and language with each setting."""
    collection = shipped("eval/lowres-clir")
    base, language = name.split(".")
    topics = read_topics(collection / "topics" / f"{name}.tsv")
    qrels = read_qrels(collection / "qrels" / f"{base}.txt")
    encoder = open_encoder(language, baseline)
    searcher = FaissSearcher(dense_index, encoder)
    ranks: dict[tuple[float, int, int], list[float]] = {setting: [] for setting in SETTINGS}
    for query in tqdm([query for query in topics if query in qrels], desc=name, disable=None):
        vector, hits = searcher.search(topics[query], CANDIDATES, return_vector=True)
        vectors, scores = np.stack([hit.vectors for hit in hits]), np.array([hit.score for hit in hits])
        relevant = np.array([qrels[query].get(hit.docid, 0) > 0 for hit in hits])
        length = float(np.linalg.norm(vector))
        similarity = {(p, n): measure_similarity(vectors, p, n) for p, n in {setting[1:] for setting in SETTINGS}}
        for penalty, *counts in SETTINGS:
            found = scores - penalty * length * similarity[counts[0], counts[1]]
            rank = 1 + int((found > found[relevant].max(initial=-np.inf)).sum()) if relevant.any() else CANDIDATES
            ranks[penalty, counts[0], counts[1]].append(1 / rank if rank <= 10 else 0.0)
    return {setting: float(np.mean(values)) for setting, values in ranks.items()}


def tabulate(title: str, scores: dict[str, dict[tuple[float, int, int], float]]) -> Grid:
    """A setting a row, a kind of query a column, and the mean of all sets."""
    rows = []
    for setting in SETTINGS:
        kinds = [[each[setting] for name, each in scores.items() if name.startswith(kind)] for kind in KINDS]
        figures = [
            *(float(np.mean(kind)) for kind in kinds),
            float(np.mean([each[setting] for each in scores.values()])),
        ]
        names = [f"{setting[0]:g}", str(setting[1]), str(setting[2])]
        cells = [f"**{name}**" if setting == SHIPS else name for name in names]
        rows.append(tuple(TableCell(text) for text in [*cells, *(f"{figure:.3f}" for figure in figures)]))
    return Grid(title, (f"{title}: penalty", "pool", "neighbours", *KINDS, "mean of sets"), tuple(rows))


def run() -> None:
    """Search, score, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--baseline", help="folder of another encoder, instead of the students that ship")
    parser.add_argument("--report", type=Path, default=Path("eval/experiments/hubness.md"))
    options = parser.parse_args()
    names = sorted(path.stem for path in (shipped("eval/lowres-clir") / "topics").glob("*.tsv"))
    scores = {name: score_set(name, options.dense_index, options.baseline) for name in names}
    english = {name: each for name, each in scores.items() if name.endswith(".eng")}
    foreign = {name: each for name, each in scores.items() if name not in english}
    words = "# Hubness reduction\n\nMRR@10 on `lowres-clir`, dense only. Penalty 0 is stock Pyserini's ranking."
    grids = [tabulate("nine languages", foreign), tabulate("human English", english)]
    write_report(options.report, words, sys.argv, grids)


if __name__ == "__main__":
    run()
