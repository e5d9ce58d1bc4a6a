r"""Try pseudo-relevance feedback in the hybrid, and print a table.

    python eval/trial_feedback.py --lucene-index L --dense-index D --sets afriqa-swa.swa flores.hau \
        --encoder swa=FOLDER hau=FOLDER [--table optical]

Each feedback method, with the defaults of `search --prf-depth 10`, beside the hybrid without feedback on the same
queries: MRR@10, recall in the first 100, and p values of the paired randomisation test on the reciprocal ranks, as they
are and corrected by Holm over all rows. The last columns are wins and losses of queries.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.significance import compare, correct_holm
from pyserini_optical.fusion import fuse
from pyserini_optical.fusion.adaptive import weigh_queries
from pyserini_optical.fusion.feedback import METHODS, Feedback, search_expanded, search_moved
from pyserini_optical.fusion.searcher import to_scores
from pyserini_optical.lexicon.shipped_tables import load_table
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import Run
from pyserini_optical.shipped import shipped
from pyserini_optical.sparse import StructuredQuerySearcher
from pyserini_optical.topics import read_topics

MEASURES = ("mrr@10", "recall_100")
DEPTH = 1000


def read_hits(hits: Mapping[str, Sequence[Any]]) -> Run:
    """Turn hits into a run."""
    return {query: to_scores(found) for query, found in hits.items()}


def fuse_sides(topics: Mapping[str, str], sparse: Run, dense: Run, hits: int) -> Run:
    """Fuse as the hybrid does by default."""
    weights = weigh_queries([sparse, dense], topics, DEPTH)
    return fuse([sparse, dense], weights=weights, depth=DEPTH, hits=hits, queries=topics)


def search(name: str, options: argparse.Namespace) -> list[tuple]:
    """Search one set without and with each kind of feedback."""
    from pyserini.search.faiss import FaissSearcher

    topic_set, language = name.split(".")
    topics = read_topics(shipped(f"eval/lowres-clir/topics/{name}.tsv"))
    qrels = read_qrels(shipped(f"eval/lowres-clir/qrels/{topic_set}.txt"))
    encoders = dict(pair.split("=", 1) for pair in options.encoder)
    sparse = StructuredQuerySearcher(options.lucene_index, load_table(options.table, language))
    dense = FaissSearcher(options.dense_index, load_query_encoder(encoders.get(language, f"optical-{language}")))
    feedback = Feedback()
    # The rankings are those of OpticalHybridSearcher with each method; each side searches twice instead of five times.
    words = read_hits(sparse.batch_search(list(topics.values()), list(topics), DEPTH))
    meaning = read_hits(dense.batch_search(list(topics.values()), list(topics), DEPTH))
    believed = fuse_sides(topics, words, meaning, feedback.depth)
    expanded = read_hits(search_expanded(sparse, feedback, topics, believed, DEPTH, 1))
    moved = read_hits(search_moved(dense, feedback, topics, believed, DEPTH, 1))
    sides = {None: (words, meaning), "rocchio": (words, moved), "rm3": (expanded, meaning), "both": (expanded, moved)}
    scores = {method: evaluate(qrels, fuse_sides(topics, *pair, 100), MEASURES) for method, pair in sides.items()}
    for method in sides:
        print(name, method, scores[method].means, file=sys.stderr, flush=True)
    plain = scores[None]
    rows: list[tuple] = [(name, "none", plain.means, None)]
    for method in METHODS:
        comparison = compare(scores[method].per_query["mrr@10"], plain.per_query["mrr@10"])
        rows.append((name, method, scores[method].means, comparison))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--encoder", nargs="*", default=[], metavar="CODE=FOLDER", help="by default what ships")
    parser.add_argument("--table", default="optical")
    options = parser.parse_args()
    rows = [row for name in options.sets for row in search(name, options)]
    corrected = iter(correct_holm([comparison.randomisation for *_, comparison in rows if comparison]))
    print("| set | feedback | MRR@10 | recall@100 | difference of MRR@10 (95 %) | p | p (Holm) | wins | losses |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, method, means, comparison in rows:
        line = f"| {name} | {method} | {means['mrr@10']:.3f} | {means['recall_100']:.3f} |"
        if comparison is None:
            print(f"{line} | | | | |")
            continue
        interval = f"{comparison.difference:+.3f} ({comparison.low:+.3f} to {comparison.high:+.3f})"
        p_values = f"{comparison.randomisation:.3f} | {next(corrected):.3f}"
        print(f"{line} {interval} | {p_values} | {comparison.wins} | {comparison.losses} |")


if __name__ == "__main__":
    main()
