"""Time of a structured query beside a plain BM25 query of as many words, one after the other, in one process.

    python eval/bench/psq.py --lucene-index L [--language swa] [--hits 10]

The plain query is the most probable translation of each word that has one. Each structured query is timed cold (no word
of it was seen before, as after a start) and warm (its words have been seen).
"""

import argparse
import statistics
import time
from collections.abc import Callable

from pyserini_optical.lexicon.table_names import load_table
from pyserini_optical.psq import StructuredQuerySearcher
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

WARM_UP = 20


def time_call(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--table", default="optical")
    parser.add_argument("--language", default="swa")
    parser.add_argument("--set", default="afriqa-swa")
    parser.add_argument("--hits", type=int, default=10)
    options = parser.parse_args()
    topics = read_topics(shipped(f"eval/lowres-clir/topics/{options.set}.{options.language}.tsv"))
    table = load_table(options.table, options.language)
    searcher = StructuredQuerySearcher(options.lucene_index, table)
    plain = {
        query: " ".join(word.terms[0][0] for word in searcher.structure(text) for _ in range(word.count) if word.terms)
        for query, text in topics.items()
    }
    for query in list(topics)[:WARM_UP]:
        searcher.search(topics[query], options.hits)
        searcher.searcher.search(plain[query], options.hits)
    times: dict[str, list[float]] = {"plain": [], "cold": [], "warm": []}
    for query, text in topics.items():
        searcher.forget_words()
        times["plain"].append(time_call(lambda query=query: searcher.searcher.search(plain[query], options.hits)))
        times["cold"].append(time_call(lambda text=text: searcher.search(text, options.hits)))
        times["warm"].append(time_call(lambda text=text: searcher.search(text, options.hits)))
    median = {kind: statistics.median(values) for kind, values in times.items()}
    for kind, value in median.items():
        print(f"{kind:6} {value:8.2f} ms, {value / median['plain']:.2f} times plain")


if __name__ == "__main__":
    main()
