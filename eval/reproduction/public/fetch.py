"""Fetch the topics and judgements of a public benchmark, as TSV and TREC files.

python eval/reproduction/public/fetch.py ciral --output FOLDER
"""

import argparse
import shutil
from collections.abc import Iterable
from pathlib import Path

from pyserini_optical.files import write_file, write_folder
from pyserini_optical.plugin.java import prepare_java

CIRAL = ("ha", "so", "sw")
MMARCO = ("fr", "es", "de", "it")


def fetch_ciral(folder: Path) -> None:
    """Native queries of test-b. Those of test-a are among the students' training pairs."""
    prepare_java()
    from pyserini.search import get_qrels_file, get_topics

    for code in CIRAL:
        topics = get_topics(f"ciral-v1.0-{code}-test-b-native")
        _write_topics(folder, code, ((str(query), topic["title"]) for query, topic in topics.items()))
        shutil.copyfile(get_qrels_file(f"ciral-v1.0-{code}-test-b"), folder / f"{code}.qrels.txt")


def fetch_mmarco(folder: Path) -> None:
    """Queries of MS MARCO's small dev set in translation, and its judgements."""
    import ir_datasets

    for code in MMARCO:
        dataset = ir_datasets.load(f"mmarco/v2/{code}/dev/small")
        _write_topics(folder, code, ((query.query_id, query.text) for query in dataset.queries_iter()))
        with write_file(folder / f"{code}.qrels.txt") as file:
            for judged in dataset.qrels_iter():
                file.write(f"{judged.query_id} 0 {judged.doc_id} {judged.relevance}\n")


def _write_topics(folder: Path, code: str, topics: Iterable[tuple[str, str]]) -> None:
    with write_file(folder / f"{code}.topics.tsv") as file:
        for query, text in topics:
            file.write(f"{query}\t{' '.join(text.split())}\n")


def main() -> None:
    """Fetch one benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", choices=("ciral", "mmarco"))
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    with write_folder(options.output) as partial:
        {"ciral": fetch_ciral, "mmarco": fetch_mmarco}[options.benchmark](partial)


if __name__ == "__main__":
    main()
