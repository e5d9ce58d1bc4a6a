"""Bytes, build time, latency and loss of the indexes that stand in for a flat one, on its own vectors.

    python eval/bench/scale.py --index FOLDER [--language swa] [--queries 200]

The folder is a flat Faiss index as Pyserini makes it. The queries are the shipped topics of a language, encoded by the
student. Pyserini's commands build what they can build (run inside this process, so that no start-up is timed), Faiss
the rest, Anserini the Lucene indexes. All is done on one thread; an index answers every query once before it is timed.
"""

import argparse
import itertools
import math
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from index_builds import (
    DEPTH,
    Search,
    build_with_anserini,
    build_with_faiss,
    build_with_pyserini,
    search_faiss,
    search_lucene,
    weigh,
    weigh_files,
    write_vectors,
)
from query_encoding import read_queries
from rich.console import Console
from rich.table import Table

TRAINING_VECTORS = 39  # Faiss asks for as many a centroid


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True, type=Path)
    parser.add_argument("--language", default="swa")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--subspaces", type=int, default=96, help="of the product quantisers; divides the dimension")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    import faiss

    from pyserini_optical.encoder.query import OpticalQueryEncoder
    from pyserini_optical.plugin.java import prepare_java

    faiss.omp_set_num_threads(1)
    encoder = OpticalQueryEncoder(f"optical-{options.language}")
    queries = encoder.encode_batch(read_queries(options.language, options.queries))
    prepare_java()
    flat = faiss.read_index(str(options.index / "index"))
    vectors = flat.reconstruct_n(0, flat.ntotal)
    docids = (options.index / "docid").read_text(encoding="utf-8").split()
    comparison = Comparison(
        queries, f"{len(vectors)} passages, {flat.d} dimensions, {len(queries)} queries, one thread"
    )
    comparison.add_faiss("flat", "Pyserini", flat, None, docids)
    with tempfile.TemporaryDirectory() as folder:
        compare_faiss(comparison, options, Path(folder), vectors, docids)
        compare_lucene(comparison, Path(folder), vectors, docids)
    Console(width=130).print(comparison.table)


class Comparison:
    """A table of indexes; what the first one finds is what the others should."""

    def __init__(self, queries: np.ndarray, title: str) -> None:
        self.queries = queries
        self.expected: list[Sequence[str]] = []
        self.table = Table(title=title)
        self.table.add_column("index")
        self.table.add_column("built by")
        for heading in ("bytes per vector", "searched", "kB besides", "build, s", "ms per query", f"overlap@{DEPTH}"):
            self.table.add_column(heading, justify="right")

    def add(self, name: str, builder: str, sizes: Sequence[float], seconds: float | None, search: Search) -> None:
        """Answer all queries, then again on the clock; `sizes`: bytes a vector, those a search reads, kB besides."""
        found = [search(query) for query in self.queries]
        self.expected = self.expected or found
        shared = [len({*ours} & {*theirs}) / DEPTH for ours, theirs in zip(found, self.expected, strict=True)]
        elapsed = []
        for query in self.queries:
            began = time.perf_counter()
            search(query)
            elapsed.append(1000 * (time.perf_counter() - began))
        figures = [*(f"{size:.0f}" for size in sizes), "" if seconds is None else f"{seconds:.1f}"]
        self.table.add_row(name, builder, *figures, f"{statistics.median(elapsed):.2f}", f"{np.mean(shared):.3f}")

    def add_faiss(self, name: str, builder: str, index, seconds: float | None, docids: Sequence[str]) -> None:
        """Add an index that Faiss holds in memory."""
        size, besides = weigh(index)
        self.add(name, builder, (size, size, besides / 1000), seconds, search_faiss(index, docids))


def compare_faiss(
    comparison: Comparison, options: argparse.Namespace, folder: Path, vectors: np.ndarray, docids: Sequence[str]
) -> None:
    bits = min(8, int(math.log2(len(vectors) / TRAINING_VECTORS)))
    lists = 2 ** int(math.log2(len(vectors) / 64))
    product = ["--pq", "--pq-m", str(options.subspaces), "--pq-nbits", str(bits)]
    graph = ["--hnsw", "--M", "32", "--efC", "200"]
    for name, arguments in {
        "HNSW, M 32, efSearch 128": graph,
        f"PQ, {options.subspaces} x {bits} bits": product,
        f"HNSW on PQ, {options.subspaces} x 8 bits": [*graph, *product],
    }.items():
        index, seconds = build_with_pyserini(options.index, folder / name, vectors.shape[1], arguments)
        if "--hnsw" in arguments:
            index.hnsw.efSearch = 128
        comparison.add_faiss(name, "Pyserini", index, seconds, docids)
    index, seconds = build_with_faiss("SQ8", vectors)
    comparison.add_faiss("scalar, 8 bits", "Faiss", index, seconds, docids)
    # np: without polysemous training, for a kind of search that is not done here.
    for name, code, probed in (
        ("IVF, scalar, 8 bits", "SQ8", (16,)),
        (f"IVF-PQ, {options.subspaces} x {bits} bits", f"PQ{options.subspaces}x{bits}np", (16, lists)),
    ):
        index, seconds = build_with_faiss(f"IVF{lists},{code}", vectors)
        for index.nprobe in probed:
            shown = f"{name}, {index.nprobe} of {lists} lists"
            comparison.add_faiss(shown, "Faiss", index, seconds, docids)


def compare_lucene(comparison: Comparison, folder: Path, vectors: np.ndarray, docids: Sequence[str]) -> None:
    write_vectors(folder / "json", docids, vectors)
    for kind, int8 in itertools.product(("Flat", "Hnsw"), (False, True)):
        path = folder / f"lucene-{kind}-{int8}"
        seconds = build_with_anserini(folder / "json", path, kind, int8)
        name = f"Lucene {'HNSW, M 16, efSearch 128' if kind == 'Hnsw' else 'flat'}{', int8' if int8 else ''}"
        sizes = [*(size / len(vectors) for size in weigh_files(path, int8)), 0]
        comparison.add(name, "Anserini", sizes, seconds, search_lucene(path, kind))


if __name__ == "__main__":
    main()
