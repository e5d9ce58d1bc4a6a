"""Peak memory of serving dense, structured and fused search in one process, the Java machine included.

    python eval/bench/serving_memory.py --lucene-index L --dense-index F [--language swa] [--queries 200]

The peak is the process's largest resident set (`ru_maxrss`); the Java machine runs within it. `--heap` bounds Java's
heap, which otherwise grows with the machine's memory rather than with the index.
"""

import argparse
import os
import resource
import sys

LIMIT = 1500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--encoder", default="optical")
    parser.add_argument("--language", default="swa")
    parser.add_argument("--set", default="afriqa-swa")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--backend", default="onnx-int8", help="torch, onnx or onnx-int8; export it first")
    parser.add_argument("--heap", help="for example 512m")
    options = parser.parse_args()
    if options.heap:
        os.environ["JAVA_TOOL_OPTIONS"] = f"-Xmx{options.heap}"
    serve(options)


def serve(options: argparse.Namespace) -> None:
    from pyserini_optical.encoder import load_query_encoder
    from pyserini_optical.shipped import shipped
    from pyserini_optical.topics import read_topics

    encoder = load_query_encoder(f"{options.encoder}-{options.language}", backend=options.backend, threads=1)
    report("encoder")
    topics = read_topics(shipped(f"eval/lowres-clir/topics/{options.set}.{options.language}.tsv"))
    from pyserini_optical.fusion.hybrid import OpticalHybridSearcher
    from pyserini_optical.lexicon.table_names import load_table
    from pyserini_optical.psq.searcher import StructuredQuerySearcher

    sparse = StructuredQuerySearcher(options.lucene_index, load_table("optical", options.language))
    report("Pyserini, Java, Lucene index, table")
    from pyserini.search.faiss import FaissSearcher

    searcher = OpticalHybridSearcher(sparse, FaissSearcher(options.dense_index, encoder))
    for query in list(topics.values())[: options.queries]:
        searcher.search(query)
    peak = report(f"{min(len(topics), options.queries)} queries")
    print(f"of the limit of {LIMIT} MB: {peak / LIMIT:.2f}")


def report(setup: str) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    loaded = ", torch is loaded" if "torch" in sys.modules else ""
    print(f"{setup}: peak {peak:.0f} MB{loaded}", flush=True)
    return peak


if __name__ == "__main__":
    main()
