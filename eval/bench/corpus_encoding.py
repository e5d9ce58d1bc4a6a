"""Encoding passages with the teacher, beside sentence-transformers with the same teacher, in one process.

python eval/bench/corpus_encoding.py [--passages 500] [--threads 2] [--rounds 3]
"""

import argparse
import gzip
import itertools
import json
import statistics
import time
from collections.abc import Callable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    import torch
    from sentence_transformers import SentenceTransformer

    from pyserini_optical.encoder import OpticalDocumentEncoder, teacher_folder
    from pyserini_optical.shipped import shipped

    torch.set_num_threads(options.threads)
    with gzip.open(shipped("eval/lowres-clir/corpus.jsonl.gz"), "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["contents"] for line in itertools.islice(lines, options.passages)]
    ours = OpticalDocumentEncoder("optical")
    theirs = SentenceTransformer(str(teacher_folder()), device="cpu", local_files_only=True)
    theirs.max_seq_length = ours.checkpoint.max_length
    tasks: dict[str, Callable[[], object]] = {
        "sentence-transformers": lambda: theirs.encode(texts, show_progress_bar=False),
        "optical": lambda: ours.encode(texts),
    }
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _, (name, task) in itertools.product(range(options.rounds), tasks.items()):
        began = time.perf_counter()
        task()
        seconds[name].append(time.perf_counter() - began)
    rates = {name: len(texts) / statistics.median(values) for name, values in seconds.items()}
    for name, rate in rates.items():
        print(f"{name}: {rate:.0f} passages/s, {rate / rates['sentence-transformers']:.2f} x sentence-transformers")


if __name__ == "__main__":
    main()
