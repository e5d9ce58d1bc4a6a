"""Milliseconds a query and bytes a passage of late interaction, on an index that `late index` made.

    PYTHONPATH=. python eval/bench/maxsim.py --index late --topics eval/lowres-clir/topics/afriqa-swa.eng.tsv \
        --encoder sentence-transformers/all-MiniLM-L6-v2

Re-ranking reads 100 passages drawn at random for each query, so that no query finds them warm from the one before.
Every figure is the median over the queries, after one pass that warms the disk cache.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from pyserini_optical.late_interaction import LateIndex, join_texts, load_query_tokens, score_gathered
from pyserini_optical.late_interaction.searcher import COMPRESSED, STORE
from pyserini_optical.topics import read_topics


def time_each(task: Callable, queries: list) -> float:
    for query in queries:
        task(query)
    elapsed = []
    for query in queries:
        start = time.perf_counter()
        task(query)
        elapsed.append(1000 * (time.perf_counter() - start))
    return statistics.median(elapsed)


def count_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--topics", required=True)
    parser.add_argument("--encoder", default="optical")
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    faiss.omp_set_num_threads(options.threads)

    index = LateIndex(options.index)
    encode = load_query_tokens(options.encoder)
    texts = list(read_topics(options.topics).values())[: options.queries]
    queries = encode(texts)
    drawn = [
        np.random.default_rng(seed).choice(len(index.store), size=100, replace=False) for seed in range(len(texts))
    ]
    pairs = list(zip(queries, drawn, strict=True))
    timed = {
        "encode the query": time_each(lambda text: encode([text]), texts),
        "re-rank 100 from the store": time_each(
            lambda pair: score_gathered(join_texts([pair[0]]), index.store.gather_rows, pair[1]), pairs
        ),
        "find 100 candidates": time_each(lambda query: index.compressed.find_candidates(query, 100), queries),
        "search, exact": time_each(lambda query: index.search(query, 100, "exact"), queries),
        "search, compressed": time_each(lambda query: index.search(query, 100, "compressed"), queries),
    }
    sizes = {name: count_bytes(Path(options.index) / name) for name in (STORE, COMPRESSED)}

    table = Table(
        "what", "figure", title=f"{len(texts)} queries, {len(index.store)} passages, {options.threads} threads"
    )
    for task, milliseconds in timed.items():
        table.add_row(task, f"{milliseconds:.1f} ms")
    for name, size in sizes.items():
        table.add_row(
            f"{name} ({index.store.dtype if name == STORE else 'index'})",
            f"{size / len(index.store):.0f} bytes a passage",
        )
    table.add_row("store / compressed", f"{sizes[STORE] / sizes[COMPRESSED]:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
