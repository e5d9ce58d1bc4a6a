"""How much the teacher's vector of the gloss weighs beside the student's: constants, and rules that follow the query.

    python eval/experiments/gloss_weight.py --lucene-index L --dense-index F --chosen-on fra spa --looked-at swa som

Searches the topics of lowres-clir as a hybrid does, once for each weight of `GRID`. Between two of them a rule gets the
mean of their reciprocal ranks, which makes its trial a matter of milliseconds. Prints MRR@10 of each set at each
weight; of each rule with the parameters that are best on the languages `--chosen-on` (mean of a language's sets, then
of the languages), and with those that are best without the language itself; and the randomisation test of weight .5
against none and against the weight that falls with length, on each group of languages.

`--students` is a folder with the tables and packs; `--every xquad=6` asks every sixth query of that set.
"""

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pyserini_optical.encoder.gloss import add_glosses
from pyserini_optical.encoder.query import load_query_encoder
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
from pyserini_optical.psq.structured import StructuredWord
from pyserini_optical.qrels import read_qrels
from pyserini_optical.searcher.asked_language import AskedLanguage
from pyserini_optical.searcher.marking import find_surface_forms
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

MEASURE = "recip_rank_cut_10"
GRID = np.array([0.0, 0.25, 0.5, 1.0, 2.0])
SHARES = (0.0, 0.15, 0.25, 0.35, 0.5, 0.65, 0.75, 1.0)
SLOPES = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
Rule = Callable[[dict[str, np.ndarray]], np.ndarray]


def length(features: dict[str, np.ndarray]) -> np.ndarray:
    """1 for a gloss of up to ten words, falling to .5 for 25 and more."""
    return 1.0 - 0.5 * np.clip((features["words"] - 10) / 15, 0, 1)


def rise(share: float, slope: float, feature: str) -> Rule:
    """Rise with a feature, to 2 at most."""
    return lambda features: np.minimum(share + slope * features[feature], 2.0)


RULES: dict[str, dict[tuple[float, ...], Rule]] = {
    "constant": {(share,): rise(share, 0, "words") for share in SHARES},
    "by length": {(): length},
    **{
        f"with the share of {feature}": {
            (share, slope): rise(share, slope, feature) for share, slope in itertools.product(SHARES[:5], SLOPES)
        }
        for feature in ("names", "unknown", "not in the table")
    },
    "with the best translations' probability": {(slope,): rise(0, slope, "confidence") for slope in SLOPES},
    "falling with the cosine": {
        (slope, zero): lambda features, slope=slope, zero=zero: np.clip(slope * (zero - features["cosine"]), 0, 2)
        for slope, zero in itertools.product(SLOPES, (0.6, 0.8, 0.9, 1.0))
    },
}


def main() -> None:
    """Search, choose and test."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--chosen-on", nargs="+", required=True)
    parser.add_argument("--looked-at", nargs="*", default=[])
    parser.add_argument("--students", default="optical")
    parser.add_argument("--every", nargs="*", default=[], metavar="SET=N")
    options = parser.parse_args()
    tried = {code: search(code, options) for code in [*options.chosen_on, *options.looked_at]}
    for name, rules in RULES.items():
        scores = {
            given: {code: np.mean([at(*each, rule).mean() for each in sets.values()]) for code, sets in tried.items()}
            for given, rule in rules.items()
        }
        best, _ = choose(scores, options.chosen_on)
        unseen = [
            choose(scores, [c for c in options.chosen_on if c != code])[1][code]
            for code in options.chosen_on
            if len(options.chosen_on) > 1
        ]
        print(f"{name} {best}: {np.mean([scores[best][code] for code in options.chosen_on]):.4f}", end=" ")
        print(f"(without the language {np.mean(unseen):.4f})" if unseen else "", end=" ")
        print(*(f"{code} {scores[best][code]:.3f}" for code in tried))
    for name, base in {"none": rise(0, 0, "words"), "by length": length}.items():
        for group in filter(None, (options.chosen_on, options.looked_at)):
            ours, theirs = (per_query(tried, group, rule) for rule in (rise(0.5, 0, "words"), base))
            found = compare(ours, theirs)
            print(f".5 - {name}, {' '.join(group)}: {found.difference:+.4f}, p {found.randomisation:.4f}")


def search(language: str, options: argparse.Namespace) -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Reciprocal ranks, shape (queries, weights), and features of each set of a language."""
    words = StructuredQuerySearcher(options.lucene_index, load_table(options.students, language, ENGLISH))
    student = options.students if Path(options.students).is_dir() else f"{options.students}-{language}"
    encoder = load_query_encoder(student if student.endswith(language) else f"{student}/{language}")
    teacher = load_query_encoder("optical")
    dense = HubnessReducedSearcher(open_dense(options.dense_index, encoder))
    forms = find_surface_forms(AskedLanguage(language, None, options.students).english_words())
    tried = {}
    for path in sorted(shipped("eval/lowres-clir/topics").glob(f"*.{language}.tsv")):
        name = path.name.split(".")[0]
        step = dict(given.split("=") for given in options.every).get(name, 1)
        topics = dict(list(read_topics(path).items())[:: int(step)])
        qrels = read_qrels(path.parent.parent / "qrels" / f"{name}.txt")
        structured = [words.structure(query) for query in topics.values()]
        glosses = [write_gloss(query, forms) for query in structured]
        sparse = words.search_run(structured, list(topics), DEPTH)
        own = encoder.encode_batch(list(topics.values()))
        read = teacher.encode_batch([gloss for gloss in glosses if gloss], [ENGLISH] * sum(map(bool, glosses)))
        ranks = []
        for weight in GRID:
            vectors = add_glosses(own, glosses, read, np.full(len(own), weight, np.float32), True)
            runs = [sparse, dense.search_run(vectors, list(topics), DEPTH)]
            fused = fuse(runs, weights=weigh_queries(runs, topics, language=language), depth=DEPTH, hits=100)
            found = evaluate(qrels, fused, [MEASURE]).per_query[MEASURE]
            ranks.append([found[query] for query in topics])
        features = {key: np.array(values) for key, values in measure(structured, glosses).items()}
        features["cosine"] = np.zeros(len(own))
        given = [place for place, gloss in enumerate(glosses) if gloss]
        features["cosine"][given] = (own[given] * read).sum(axis=1)
        tried[path.stem] = np.array(ranks).T, features
        print(path.stem, *(f"{weight}: {mean:.3f}" for weight, mean in zip(GRID, np.mean(ranks, axis=1), strict=True)))
    return tried


def measure(structured: list[list[StructuredWord]], glosses: list[str]) -> dict[str, list[float]]:
    """Features of each query."""
    known = [[word for word in words if word.terms] for words in structured]

    def share(*ways: str) -> list[float]:
        return [sum(word.how in ways for word in words) / max(len(words), 1) for words in known]

    return {
        "words": [len(gloss.split()) for gloss in glosses],
        "names": share("name"),
        "unknown": share("name", "stem", "itself"),
        "not in the table": [1.0 - part for part in share("table")],
        "confidence": [sum(word.terms[0][1] for word in words) / max(len(words), 1) for words in known],
    }


def at(ranks: np.ndarray, features: dict[str, np.ndarray], rule: Rule) -> np.ndarray:
    """Reciprocal rank of each query at its weight, in a straight line between those of `GRID`."""
    weights = np.broadcast_to(rule(features), len(ranks))
    return np.array([np.interp(weight, GRID, row) for weight, row in zip(weights, ranks, strict=True)])


def choose(scores: dict[tuple[float, ...], dict[str, float]], languages: list[str]) -> tuple[tuple[float, ...], dict]:
    """The parameters that are best on languages, and their scores."""
    best = max(scores, key=lambda given: np.mean([scores[given][code] for code in languages]))
    return best, scores[best]


def per_query(tried: dict, languages: list[str], rule: Rule) -> dict[str, float]:
    """Reciprocal rank of every query of some languages."""
    return {
        f"{name} {place}": value
        for code in languages
        for name, each in tried[code].items()
        for place, value in enumerate(at(*each, rule).tolist())
    }


if __name__ == "__main__":
    main()
