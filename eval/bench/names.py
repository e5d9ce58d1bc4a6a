"""Names from an index: what its vocabulary costs, and what a query's unknown words do.

`python eval/bench/names.py [--lucene-index FOLDER]` measures seconds of processor time: laying out the vocabulary of
the index, loading it from the cache, and finding the names of the Marathi topics of `lowres-clir`, each query's words
new to the finder. Then the same for a synthetic vocabulary of two million terms: those of the corpus, their letters
changed at random.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from pyserini_optical.files import open_text
from pyserini_optical.lexicon import english_terms
from pyserini_optical.lexicon.names import NameFinder
from pyserini_optical.lexicon.table_names import load_table
from pyserini_optical.lexicon.vocabulary import Vocabulary
from pyserini_optical.psq.structured import structure_query
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

SYNTHETIC = 2_000_000
LETTERS = "aaabcdeeefghiiijklmnnoopqrrssttuuvwxyz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", help="an index whose vocabulary to read")
    options = parser.parse_args()
    if options.lucene_index:
        measure(f"the index {options.lucene_index}", read_index(options.lucene_index))
    counts = count_terms()
    measure("lowres-clir", Vocabulary.from_terms(list(counts), list(counts.values()), 5920))
    measure("synthetic", make_synthetic(counts))


def read_index(index: str) -> Vocabulary:
    from pyserini_optical.psq.opening import FIELD, open_lucene
    from pyserini_optical.psq.vocabulary import read_vocabulary

    reader = open_lucene(index).object.reader
    began = time.process_time(), time.perf_counter()
    vocabulary = read_vocabulary(index, reader, FIELD)
    spent, passed = time.process_time() - began[0], time.perf_counter() - began[1]
    print(f"read from Lucene: {spent:.1f} s of processor, {passed:.1f} s by the clock")
    return vocabulary


def count_terms() -> Counter[str]:
    import json

    counts: Counter[str] = Counter()
    with open_text(shipped("eval/lowres-clir") / "corpus.jsonl.gz") as file:
        for line in file:
            counts.update(set(english_terms(json.loads(line)["contents"])))
    return counts


def make_synthetic(counts: Counter[str]) -> Vocabulary:
    draw = random.Random(1)
    terms = dict(counts)
    known = [term for term in counts if len(term) > 4 and term.isalpha()]
    while len(terms) < SYNTHETIC:
        letters = list(draw.choice(known))
        for _ in range(2):
            letters[draw.randrange(len(letters))] = draw.choice(LETTERS)
        terms.setdefault("".join(letters), int(draw.paretovariate(0.7)))
    began = time.process_time()
    vocabulary = Vocabulary.from_terms(list(terms), list(terms.values()), 10_000_000)
    print(f"laid out: {time.process_time() - began:.1f} s")
    return vocabulary


def measure(name: str, vocabulary: Vocabulary) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocabulary.safetensors"
        vocabulary.save(path)
        size = path.stat().st_size / 1e6
        began = time.process_time()
        vocabulary = Vocabulary.load(path)
        loaded = time.process_time() - began
    table = load_table("mar")
    topics = shipped("eval/lowres-clir/topics")
    queries = [text for kind in ("flores", "ntrex") for text in read_topics(topics / f"{kind}.mar.tsv").values()]
    finder = NameFinder(vocabulary, table.endings, table.analyze)
    structure_query(queries[0], table, names=finder)
    seconds = {}
    for run, names in (("without", None), ("cold", finder), ("warm", finder)):
        began = time.process_time()
        for query in queries:
            structure_query(query, table, names=names)
        seconds[run] = (time.process_time() - began) / len(queries) * 1000
    print(
        f"{name}: {len(vocabulary):,} terms, {size:.1f} MB, loaded in {loaded * 1000:.0f} ms; per query "
        f"{seconds['without']:.2f} ms without names, {seconds['cold']:.2f} ms with names, words new, "
        f"{seconds['warm']:.2f} ms with names, words seen",
        flush=True,
    )


if __name__ == "__main__":
    main()
