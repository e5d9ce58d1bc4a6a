"""What a query costs, part by part, as the index grows: one query after another, on one thread, everything warm.

    python eval/bench/latency.py --pool FOLDER [--topics afriqa-swa.swa] [--queries 50]

`eval/reproduction/large_pool/build.py` makes the folder. Every part answers the other queries of the topics before it
is timed, and each timed query once: machine and caches are warm, the query is new. A machine that does other work shows
in the gap between `ms` (median and 95th percentile by the clock) and `processor` (median of what the thread itself
used). The hybrid is the shipped one, asked for ten documents; where a student encodes, ONNX does it in int8.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

SIZES = {"6k": "-small", "50k": "-50k", "206k": ""}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", required=True, type=Path)
    parser.add_argument("--topics", default="afriqa-swa.swa", metavar="SET.LANGUAGE")
    parser.add_argument("--queries", type=int, default=50, help="that are timed; the others warm up")
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
    timed, others = topics[: options.queries], topics[options.queries :]
    table = Table(title=f"{len(timed)} queries of {options.topics}, one thread")
    table.add_column("passages")
    table.add_column("part")
    for heading in ("ms", "95 %", "processor", "resident, MB"):
        table.add_column(heading, justify="right")
    for name, encoder in encoders.items():
        add(table, "", f"encode, {name}", encoder.encode, timed, others)
    for size, suffix in SIZES.items():
        if (options.pool / f"lucene{suffix}").is_dir():
            for part, call in list_parts(options.pool, suffix, encoders["onnx-int8"], topics).items():
                add(table, size, part, call, timed, others)
    Console(width=110).print(table)


def list_parts(pool: Path, suffix: str, encoder, topics: list[str]) -> Mapping[str, Callable[[str], object]]:
    from pyserini_optical.fusion.hubness import CANDIDATES, HubnessReducedSearcher, measure_similarity
    from pyserini_optical.fusion.weights import DEPTH
    from pyserini_optical.lexicon.table_names import load_table
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
        candidates = min(CANDIDATES, dense.index.ntotal)
        # What a part is given by the one before it is made ready before the clock starts.
        vectors = dict(zip(topics, encoder.encode_batch(topics)[:, None], strict=True))
        found = {text: dense.index.search_and_reconstruct(vectors[text], candidates)[2][0] for text in topics}
        reduced = HubnessReducedSearcher(dense)
        parts |= {
            f"Faiss {kind}, {candidates:,} hits": lambda text, index=dense.index, vectors=vectors, k=candidates: (
                index.search_and_reconstruct(vectors[text], k)
            ),
            f"hubness reduction ({kind})": lambda text, found=found: measure_similarity(found[text]),
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


def add(table: Table, size: str, part: str, call: Callable[[str], object], timed: list[str], others: list[str]) -> None:
    """Answer other queries, so that everything but the query is warm, and then each query once on the clock."""
    for text in others:
        call(text)
    walls, threads = [], []
    for text in timed:
        began, used = time.perf_counter(), time.thread_time()
        call(text)
        threads.append(1000 * (time.thread_time() - used))
        walls.append(1000 * (time.perf_counter() - began))
    figures = [statistics.median(walls), np.percentile(walls, 95), statistics.median(threads)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    table.add_row(size, part, *(f"{figure:.2f}" for figure in figures), f"{peak:,.0f}")


if __name__ == "__main__":
    main()
