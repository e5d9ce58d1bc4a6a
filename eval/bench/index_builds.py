"""Build the indexes that stand in for a flat one, by the command or library a user would take, and weigh them."""

import json
import os
import runpy
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np

DEPTH = 10
Search = Callable[[np.ndarray], Sequence[str]]


def weigh(index) -> tuple[float, float]:
    """Bytes a vector of an index as Faiss writes it, and what it writes besides: codebooks, centroids."""
    import faiss

    emptied = faiss.clone_index(index)
    emptied.reset()
    besides = len(faiss.serialize_index(emptied))
    return (len(faiss.serialize_index(index)) - besides) / index.ntotal, besides


def weigh_files(folder: Path, int8: bool) -> tuple[int, int]:
    """Bytes of a Lucene index, and of what a search reads: floats beside int8 (`.vec`) are kept for merging only."""
    sizes = {file.name: file.stat().st_size for file in folder.iterdir()}
    return sum(sizes.values()), sum(size for name, size in sizes.items() if not (int8 and name.endswith(".vec")))


def search_faiss(index, docids: Sequence[str]) -> Search:
    return lambda query: [docids[number] for number in index.search(query[None], DEPTH)[1][0] if number >= 0]


def build_with_pyserini(source: Path, target: Path, dimension: int, arguments: Sequence[str]):
    import faiss
    import pyserini.index  # starts the Java machine; not part of the time  # noqa: F401

    where = ["--input", str(source), "--output", str(target), "--dim", str(dimension), "--threads", "1"]
    began = time.perf_counter()
    with patch.object(sys, "argv", ["pyserini.index.faiss", *where, *arguments]), talk_to_standard_error():
        runpy.run_module("pyserini.index.faiss", run_name="__main__")
    return faiss.read_index(str(target / "index")), time.perf_counter() - began


def build_with_faiss(factory: str, vectors: np.ndarray):
    import faiss

    began = time.perf_counter()
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    return index, time.perf_counter() - began


@contextmanager
def talk_to_standard_error() -> Iterator[None]:
    """Faiss talks about its graphs on standard output, which holds the table."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def write_vectors(folder: Path, docids: Sequence[str], vectors: np.ndarray) -> None:
    """The lines that Anserini's `JsonDenseVectorCollection` reads."""
    folder.mkdir()
    with (folder / "vectors.jsonl").open("w", encoding="utf-8") as file:
        for docid, vector in zip(docids, vectors.tolist(), strict=True):
            file.write(json.dumps({"docid": docid, "vector": vector}) + "\n")


def build_with_anserini(source: Path, target: Path, kind: str, int8: bool) -> float:
    from pyserini.pyclass import autoclass

    words = ["-collection", "JsonDenseVectorCollection", "-generator", "DenseVectorDocumentGenerator", "-quiet"]
    words += ["-input", str(source), "-index", str(target), "-threads", "1", "-optimize"]
    words += ["-M", "16", "-efC", "200"] * (kind == "Hnsw") + ["-quantize.int8"] * int8
    began = time.perf_counter()
    autoclass(f"io.anserini.index.Index{kind}DenseVectors").main(words)
    return time.perf_counter() - began


def search_lucene(path: Path, kind: str) -> Search:
    from pyserini.search.lucene import LuceneFlatDenseSearcher, LuceneHnswDenseSearcher

    flat = kind == "Flat"
    searcher = LuceneFlatDenseSearcher(str(path)) if flat else LuceneHnswDenseSearcher(str(path), ef_search=128)
    return lambda query: [hit.docid for hit in searcher.search(json.dumps(query.tolist()), DEPTH)]
