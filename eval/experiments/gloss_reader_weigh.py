r"""Readers of glosses in the hybrid: each averaged with the teacher, share by share, and weighed beside the student.

    python eval/experiments/gloss_reader_weigh.py --work W --lucene-index L --dense-index F --every xquad=6 \
        --languages fra spa deu ita npi sin urd khm --readers teacher layers --shares 0.25 0.5 0.75 --weights 0.25 0.5 1

The work folder is that of `gloss_reader.py`, of which a reader is what `train --name` wrote; `teacher` is the one that
ships. What does not depend on the reader is kept there (the words' list, the gloss and the student's vector of each
query), and so are the reciprocal ranks. Prints MRR@10, the mean of a language's sets and of the languages, and the
randomisation test over all queries against what ships, the teacher at .5.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gloss_reader import Tensors, open_reader
from safetensors.torch import load_file

from pyserini_optical.encoder.gloss import add_glosses
from pyserini_optical.encoder.query import load_query_encoder
from pyserini_optical.encoder.text import normalise
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.significance import compare
from pyserini_optical.fusion.fuse import fuse
from pyserini_optical.fusion.hubness import HubnessReducedSearcher
from pyserini_optical.fusion.weights import DEPTH, weigh_queries
from pyserini_optical.languages import ENGLISH
from pyserini_optical.lexicon.table_names import load_table
from pyserini_optical.plugin.dense_search import open_dense
from pyserini_optical.psq import StructuredQuerySearcher
from pyserini_optical.psq.gloss import write_gloss
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import Run
from pyserini_optical.searcher.asked_language import AskedLanguage
from pyserini_optical.searcher.marking import find_surface_forms
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

MEASURE = "recip_rank_cut_10"
TEACHER, SHIPS = "teacher", "teacher 0 0.5"
Read = Callable[[list[str]], np.ndarray]


class Asked(NamedTuple):
    """A set of queries: what the words find, the glosses, and the student's vectors, shape (queries, d)."""

    topics: dict[str, str]
    sparse: Run
    glosses: list[str]
    own: np.ndarray


def main() -> None:
    """Search with every reader, share and weight; test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--languages", nargs="+", required=True)
    parser.add_argument("--every", nargs="*", default=[], metavar="SET=N")
    parser.add_argument("--readers", nargs="+", default=[TEACHER])
    parser.add_argument("--shares", nargs="+", type=float, default=[1.0])
    parser.add_argument("--weights", nargs="+", type=float, default=[0.5])
    options = parser.parse_args()
    asked = {code: prepare(code, options) for code in options.languages}
    dense = HubnessReducedSearcher(open_dense(options.dense_index, load_query_encoder("optical")))
    for reader in options.readers:
        changed = {} if reader == TEACHER else load_file(options.work / f"{reader}.safetensors")
        for share in [0.0] if reader == TEACHER else options.shares:
            read = make_reader(changed, share)
            for weight in options.weights:
                name = f"{reader} {share:g} {weight:g}"
                ranks = search(name, read, weight, asked, dense, options.work / "ranks")
                report(name, ranks, asked, options.work / "ranks")


def make_reader(changed: Tensors, share: float) -> Read:
    """Make what reads glosses: the teacher, moved by a share of the way."""
    encoder, matrix = open_reader(changed, share), changed.get("matrix")

    def read(glosses: list[str]) -> np.ndarray:
        vectors = encoder.encode_batch(glosses)
        return vectors if matrix is None else normalise(vectors + share * vectors @ matrix.numpy())

    return read


def prepare(language: str, options: argparse.Namespace) -> dict[str, Asked]:
    """Ask the words and the student, unless that was done."""
    folder = options.work / "searches"
    folder.mkdir(exist_ok=True)
    steps = dict(given.split("=") for given in options.every)
    asked = {}
    for path in sorted(shipped("eval/lowres-clir/topics").glob(f"*.{language}.tsv")):
        topics = dict(list(read_topics(path).items())[:: int(steps.get(path.name.split(".")[0], 1))])
        file = folder / f"{path.stem}.json"
        done = json.loads(file.read_text()) if file.is_file() else {}
        if not done.keys() >= topics.keys():
            words = StructuredQuerySearcher(options.lucene_index, load_table("optical", language, ENGLISH))
            forms = find_surface_forms(AskedLanguage(language, None, "optical").english_words())
            structured = [words.structure(query) for query in topics.values()]
            runs = words.search_run(structured, list(topics), DEPTH)
            vectors = load_query_encoder(f"optical-{language}").encode_batch(list(topics.values())).tolist()
            done = {
                query: [runs[query], write_gloss(words_of, forms), vector]
                for query, words_of, vector in zip(topics, structured, vectors, strict=True)
            }
            file.write_text(json.dumps(done))
        found, glosses, own = ([done[query][part] for query in topics] for part in range(3))
        asked[path.stem] = Asked(topics, dict(zip(topics, found, strict=True)), glosses, np.array(own, np.float32))
    return asked


def search(
    name: str,
    read: Read,
    weight: float,
    asked: dict[str, dict[str, Asked]],
    dense: HubnessReducedSearcher,
    folder: Path,
) -> dict[str, dict[str, float]]:
    """Reciprocal ranks of every query of every set, unless that was done."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.json"
    ranks: dict[str, dict[str, float]] = json.loads(file.read_text()) if file.is_file() else {}
    for language, sets in asked.items():
        for stem, (topics, sparse, glosses, own) in sets.items():
            if ranks.get(stem, {}).keys() >= topics.keys():
                continue
            weights = np.full(len(own), weight, np.float32)
            vectors = add_glosses(own, glosses, read([gloss for gloss in glosses if gloss]), weights, True)
            runs = [sparse, dense.search_run(vectors, list(topics), DEPTH)]
            fused = fuse(runs, weights=weigh_queries(runs, topics, language=language), depth=DEPTH, hits=100)
            qrels = read_qrels(shipped("eval/lowres-clir") / "qrels" / f"{stem.split('.')[0]}.txt")
            found = evaluate(qrels, fused, [MEASURE]).per_query[MEASURE]
            ranks[stem] = {query: found[query] for query in topics}
            file.write_text(json.dumps(ranks))
    return ranks


def report(name: str, ranks: dict[str, dict[str, float]], asked: dict[str, dict[str, Asked]], folder: Path) -> None:
    """Print means, and the test against what ships."""
    means = {
        code: np.mean([np.mean([ranks[stem][query] for query in each.topics]) for stem, each in sets.items()])
        for code, sets in asked.items()
    }
    print(f"{name}: {np.mean(list(means.values())):.4f} ", *(f"{code} {mean:.3f}" for code, mean in means.items()))
    if name != SHIPS and (folder / f"{SHIPS}.json").is_file():
        ships = json.loads((folder / f"{SHIPS}.json").read_text())
        ours, theirs = (
            {
                f"{stem} {query}": each[stem][query]
                for sets in asked.values()
                for stem, (topics, *_) in sets.items()
                for query in topics
            }
            for each in (ranks, ships)
        )
        found = compare(ours, theirs)
        print(f"    against what ships, {found.queries} queries: {found.difference:+.4f}, p {found.randomisation:.4f}")


if __name__ == "__main__":
    main()
