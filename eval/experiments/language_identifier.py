"""How often the language of a query is recognised, and what a mistake costs.

    python eval/experiments/language_identifier.py --dense-index D [--report eval/experiments/language_identifier.md]

Dense MRR@10 on lowres-clir with `optical`, which recognises the language of each query, beside `optical-<language>`,
which is told it.
"""

import argparse
import sys
from pathlib import Path

import faiss
import numpy as np
from rich.console import Console
from training import sets_of, write_report

from pyserini_optical.encoder import find_student, load_query_encoder
from pyserini_optical.encoder.loading import load_language_identifier
from pyserini_optical.evaluation.tables import Grid, TableCell, to_rich
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics


def reciprocal_ranks(vectors: np.ndarray, judged: list[dict[str, int]], index: faiss.Index, ids: list[str]) -> float:
    """Mean reciprocal rank of the first relevant passage within ten."""
    found = index.search(vectors, 10)[1]
    ranks = [
        next((1 / place for place, number in enumerate(row, 1) if relevant.get(ids[number], 0) > 0), 0.0)
        for row, relevant in zip(found, judged, strict=True)
    ]
    return float(np.mean(ranks))


def run() -> None:
    """Recognise, search, report."""
    parser = argparse.ArgumentParser(description="How often is the language recognised?")
    parser.add_argument("--dense-index", required=True, type=Path, help="Faiss index made with the teacher")
    parser.add_argument("--report", default="eval/experiments/language_identifier.md", help="Markdown to write")
    options = parser.parse_args()
    index = faiss.read_index(str(options.dense_index / "index"))
    ids = (options.dense_index / "docid").read_text(encoding="utf-8").split()
    everything = load_query_encoder("optical")
    identifier = load_language_identifier(find_student("optical"))
    rows = []
    for language in (*everything.checkpoint.languages, "eng"):
        bound = load_query_encoder(f"optical-{language}") if language != "eng" else None
        for name in sets_of(language):
            topics = read_topics(shipped("eval/lowres-clir") / "topics" / f"{name}.tsv")
            qrels = read_qrels(shipped("eval/lowres-clir") / "qrels" / f"{name.split('.')[0]}.txt")
            queries = [query for query in topics if query in qrels]
            texts, judged = [topics[query] for query in queries], [qrels[query] for query in queries]
            right = np.mean([identifier.identify(text) == language for text in texts])
            told = "" if bound is None else f"{reciprocal_ranks(bound.encode_batch(texts), judged, index, ids):.3f}"
            guessed = reciprocal_ranks(everything.encode_batch(texts), judged, index, ids)
            cells = (name, str(len(texts)), f"{right:.1%}", told or "–", f"{guessed:.3f}")
            rows.append(tuple(map(TableCell, cells)))
    header = ("queries", "number", "language recognised", "MRR@10, language told", "MRR@10, recognised")
    grid = Grid("Language recognition", header, tuple(rows))
    Console(width=140).print(to_rich(grid))
    words = "# Which language is a query in?\n\nDense search in `lowres-clir`: `optical-<language>` and `optical`."
    write_report(options.report, words, sys.argv, [grid])


if __name__ == "__main__":
    run()
