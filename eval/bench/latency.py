"""What a query costs, part by part, as the index grows: one query after another, on one thread, everything warm.

    python eval/bench/latency.py --pool FOLDER [--topics afriqa-swa.swa] [--queries 100]

`eval/reproduction/large_pool/build.py` makes the folder. Every part answers all queries once before it is timed. A
machine that does other work shows in the gap between `ms` (median and 95th percentile by the clock) and `processor`
(median of what the thread itself used). The hybrid is the shipped one, asked for ten documents; where a student
encodes, ONNX does it in int8.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

SIZES = {"6k": "-small", "50k": "-50k", "206k": ""}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", required=True, type=Path)
    parser.add_argument("--topics", default="afriqa-swa.swa", metavar="SET.LANGUAGE")
    parser.add_argument("--queries", type=int, default=100)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        compare(options)


def compare(options: argparse.Namespace) -> None:
    import faiss
    import torch

    from pyserini_optical.encoder.onnx.export import export_onnx
    from pyserini_optical.encoder.query import OpticalQueryEncoder
    from pyserini_optical.plugin.java import prepare_java
    from pyserini_optical.shipped import shipped
    from pyserini_optical.topics import read_topics

    faiss.omp_set_num_threads(1)
    torch.set_num_threads(1)
    prepare_java()
    pack = f"optical-{options.topics.split('.')[1]}"
    export_onnx(pack)
    encoders = {
        name: OpticalQueryEncoder(pack, backend=name, threads=1, cache_size=0)
        for name in ("torch", "onnx", "onnx-int8")
    }
    topics = list(read_topics(shipped("eval/lowres-clir") / "topics" / f"{options.topics}.tsv").values())
    topics = topics[: options.queries]
    table = Table(title=f"{len(topics)} queries of {options.topics}, one thread")
    table.add_column("passages")
    table.add_column("part")
    for heading in ("ms", "95 %", "processor", "resident, MB"):
        table.add_column(heading, justify="right")
    for name, encoder in encoders.items():
        add(table, "", f"encode, {name}", encoder.encode, topics)
    for size, suffix in SIZES.items():
        if (options.pool / f"lucene{suffix}").is_dir():
            for part, call in list_parts(options.pool, suffix, pack, encoders["onnx-int8"]).items():
                add(table, size, part, call, topics)
    Console(width=110).print(table)


def list_parts(pool: Path, suffix: str, pack: str, encoder) -> Mapping[str, Callable[[str], object]]:
    from pyserini_optical.fusion.hubness import CANDIDATES, HubnessReducedSearcher, measure_similarity
    from pyserini_optical.fusion.weights import DEPTH
    from pyserini_optical.lexicon.table import load_table
    from pyserini_optical.plugin.dense_search import DenseSearcher
    from pyserini_optical.psq.searcher import StructuredQuerySearcher
    from pyserini_optical.searcher import OpticalSearcher, Settings

    lucene = str(pool / f"lucene{suffix}")
    words = StructuredQuerySearcher(lucene, load_table("optical", encoder.language))
    parts: dict[str, Callable[[str], object]] = {
        "BM25, 1,000 hits by Pyserini": lambda text: words.searcher.search(text, 1000),
        "words, 1,000 hits by Pyserini": lambda text: words.search(text, 1000),
        "words, looked up": words.structure,
        f"words, {DEPTH:,} documents": lambda text: words.search_run([text], ["1"], DEPTH),
    }
    for kind, name in (("flat", f"dense{suffix}"), ("HNSW", f"dense-hnsw{suffix}")):
        if not (pool / name).is_dir():
            continue
        dense = DenseSearcher(str(pool / name), encoder)
        encode = lru_cache(None)(lambda text: encoder.encode(text)[None])
        candidates = min(CANDIDATES, dense.index.ntotal)
        found = lru_cache(None)(
            lambda text, index=dense.index, encode=encode, k=candidates: index.search_and_reconstruct(encode(text), k)[
                2
            ]
        )
        reduced = HubnessReducedSearcher(dense)
        parts |= {
            f"Faiss {kind}, {candidates:,} hits": lambda text, index=dense.index, encode=encode, k=candidates: (
                index.search_and_reconstruct(encode(text), k)
            ),
            f"hubness reduction ({kind})": lambda text, found=found: measure_similarity(found(text)[0]),
            f"student with hubness reduction ({kind})": lambda text, reduced=reduced: reduced.search_run(
                [text], ["1"], 10
            ),
        }
        for gloss, title in ((False, "hybrid without gloss"), (None, "hybrid")):
            hybrid = OpticalSearcher(
                lucene,
                str(pool / name),
                language=encoder.language,
                backend="onnx-int8",
                settings=Settings(gloss=gloss),
            )
            parts[f"{title} ({kind})"] = lambda text, hybrid=hybrid: hybrid.run({"1": text}, 10)
    return parts


def add(table: Table, size: str, part: str, call: Callable[[str], object], topics: list[str]) -> None:
    """Answer all queries, then again on the clock."""
    for text in topics:
        call(text)
    walls, threads = [], []
    for text in topics:
        began, used = time.perf_counter(), time.thread_time()
        call(text)
        threads.append(1000 * (time.thread_time() - used))
        walls.append(1000 * (time.perf_counter() - began))
    figures = [statistics.median(walls), np.percentile(walls, 95), statistics.median(threads)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    table.add_row(size, part, *(f"{figure:.2f}" for figure in figures), f"{peak:,.0f}")


if __name__ == "__main__":
    main()
