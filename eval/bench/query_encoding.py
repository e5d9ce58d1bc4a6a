"""Query encoding beside its baselines, in one process: the same model, the same queries, the same threads.

    python eval/bench/query_encoding.py [--language swa] [--queries 1000] [--threads 2] [--rounds 3] [--e5 FOLDER]

The student is exported as an ordinary folder (for stock Pyserini and sentence-transformers) and as ONNX, both into a
temporary folder. Each round runs every encoder once over all queries together, and then every encoder over the first
hundred one at a time; figures are medians of the rounds. They do not take turns query by query: threads of the one that
still spin would hold up the next. Nothing is answered from the cache of queries.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

ALONE = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", default="swa")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--e5", help="folder of multilingual-e5-small, to time it too")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        compare(options, Path(folder) / "student")


def compare(options: argparse.Namespace, student: Path) -> None:
    queries = read_queries(options.language, options.queries)
    batched, alone = load_encoders(options, student)
    seconds: dict[str, list[float]] = {name: [] for name in batched}
    latency: dict[str, list[float]] = {name: [] for name in alone}
    for _ in range(options.rounds):
        for name, encode_all in batched.items():
            seconds[name].append(measure(lambda encode_all=encode_all: encode_all(queries)))
        for name, encode in alone.items():
            encode(queries[0])
            latency[name] += [measure(lambda e=encode, q=query: e(q)) for query in queries[:ALONE]]
    table = Table(title=f"{len(queries)} {options.language} queries, {options.threads} threads")
    for heading in ("encoder", "queries/s", "x stock", "x sentence-transformers", "ms, one query", "of stock's ms"):
        table.add_column(heading, justify="left" if heading == "encoder" else "right")
    rates = {name: len(queries) / statistics.median(values) for name, values in seconds.items()}
    medians = {name: 1000 * statistics.median(values) for name, values in latency.items()}
    for name, rate in rates.items():
        one = [f"{medians[name]:.2f}", f"{medians[name] / medians['stock']:.2f}"] if name in medians else ["", ""]
        versus = [f"{rate / rates['stock']:.2f}", f"{rate / rates['sentence-transformers']:.2f}"]
        table.add_row(name, f"{rate:.0f}", *versus, *one)
    Console(width=130).print(table)


def read_queries(language: str, number: int) -> list[str]:
    """Different queries only: shipped topics of all sets, then, if they are too few, shipped bitext."""
    from pyserini_optical.bitext import read_bitext
    from pyserini_optical.shipped import shipped
    from pyserini_optical.topics import read_topics

    found: dict[str, None] = {}
    for path in sorted((shipped("eval/lowres-clir") / "topics").glob(f"*.{language}.tsv")):
        found |= dict.fromkeys(read_topics(path).values())
    if len(found) < number:
        for pair in read_bitext(shipped("encoders/bitext") / f"{language}.tsv.gz", language=language):
            found[pair.foreign] = None
            if len(found) >= number:
                break
    return list(found)[:number]


def load_encoders(options: argparse.Namespace, student: Path) -> tuple[dict[str, Callable], dict[str, Callable]]:
    import torch

    from pyserini_optical.encoder import export_student
    from pyserini_optical.encoder.onnx.export import export_onnx
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    torch.set_num_threads(options.threads)
    pack = f"optical-{options.language}"
    export_student(pack, student)
    export_onnx(pack)
    ours = {
        name: OpticalQueryEncoder(pack, backend=name, threads=options.threads, cache_size=0)
        for name in ("torch", "onnx", "onnx-int8")
    }
    stock, sentence_transformer = load_stock(str(student)), load_sentence_transformer(str(student))
    batched: dict[str, Callable] = {
        "stock": lambda queries: [stock.encode(query) for query in queries],
        "sentence-transformers": lambda queries: sentence_transformer.encode(queries, show_progress_bar=False),
    }
    alone = {"stock": stock.encode, "sentence-transformers": sentence_transformer.encode}
    for name, encoder in ours.items():
        batched[f"optical {name}"], alone[f"optical {name}"] = encoder.encode_batch, encoder.encode
    if options.e5:
        e5 = load_sentence_transformer(options.e5)
        batched["multilingual-e5-small"] = lambda queries: e5.encode(
            [f"query: {query}" for query in queries], show_progress_bar=False
        )
        alone["multilingual-e5-small"] = lambda query: e5.encode(f"query: {query}", show_progress_bar=False)
    return batched, alone


def load_stock(folder: str):
    """Pyserini's own encoder, as `--encoder-class auto --pooling mean --l2-norm` makes it."""
    from pyserini_optical.plugin.java import prepare_java

    prepare_java()
    os.environ.setdefault("OPENAI_API_KEY", "none")  # Pyserini 1.6.0 builds a client while it is imported
    from pyserini.encode import AutoQueryEncoder

    return AutoQueryEncoder(folder, device="cpu", pooling="mean", l2_norm=True)


def load_sentence_transformer(folder: str):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(folder, device="cpu", local_files_only=True)


def measure(task: Callable[[], object]) -> float:
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
