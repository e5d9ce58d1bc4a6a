"""IBM Model 1 beside the aligners that others keep: the same pairs, cleaning, stems and structured queries.

    pip install sil-thot
    python eval/experiments/aligners.py --lucene-index L [--large-lucene-index P] [--languages urd khm] [--pairs 10000]

Each aligner gives p(English term | foreign word), once for whole words and once for their stems, in place of
:func:`pyserini_optical.lexicon.ibm1.learn_ibm1`. Sampling aligners (eflomal) are counted by their alignments.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from rich.console import Console
from training import sets_of, write_report

from pyserini_optical.bitext import Pair, load_bitext
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.tables import Grid, TableCell, to_rich
from pyserini_optical.lexicon import learn
from pyserini_optical.lexicon.ibm1 import learn_ibm1
from pyserini_optical.psq import StructuredQuerySearcher
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

THOT = {"HMM": "HmmAlignmentModel", "fast_align": "FastAlignModel", "eflomal": "EflomalAlignmentModel"}
ITERATIONS = 5


def learn_thot(
    source: Sequence[np.ndarray], target: Sequence[np.ndarray], source_size: int, *, model: str, **options: Any
) -> scipy.sparse.csr_matrix:
    """Learn t(target | source) with a model of sil-thot; arguments and result as of :func:`learn_ibm1`."""
    import thot

    aligner = getattr(thot.alignment, model)()
    for foreign, english in zip(source, target, strict=True):
        if len(foreign) and len(english):
            aligner.add_sentence_pair([f"f{each}" for each in foreign], [f"e{each}" for each in english])
    aligner.start_training()
    for _ in range(ITERATIONS):
        aligner.train()
    aligner.end_training()
    rows, columns, values = [], [], []
    for number in range(source_size):
        word = aligner.get_src_word_index(f"f{number}")
        for index, probability in aligner.get_translations(word, options["threshold"]):
            term = aligner.get_trg_word(index)
            if term.startswith("e") and term[1:].isdigit():
                rows.append(number)
                columns.append(int(term[1:]))
                values.append(min(probability, 1.0))
    shape = (source_size, options["target_size"])
    matrix = scipy.sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=shape)
    totals = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1.0)  # rounding may leave more than 1
    return (scipy.sparse.diags(1 / totals) @ matrix).tocsr()


def score(table: Any, language: str, index: str) -> list[float]:
    """MRR@10 of each set of a language."""
    collection, searcher, found = shipped("eval/lowres-clir"), StructuredQuerySearcher(index, table), []
    for name in sets_of(language):
        topics = read_topics(collection / "topics" / f"{name}.tsv")
        qrels = read_qrels(collection / "qrels" / f"{name.split('.')[0]}.txt")
        asked = {query: judged for query, judged in qrels.items() if query in topics}
        run = searcher.search_run([topics[query] for query in asked], list(asked), k=10)
        found.append(evaluate(asked, run, ["mrr@10"]).means["mrr@10"])
    return found


def draw(pairs: Sequence[Pair], count: int | None) -> list[Pair]:
    """So many pairs, drawn at random, in their order."""
    order = np.random.default_rng(1).permutation(len(pairs))
    return [pairs[number] for number in sorted(order[:count].tolist())]


def run() -> None:
    """Learn, search, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True, help="of lowres-clir")
    parser.add_argument("--large-lucene-index", help="of lowres-clir among 200,000 passages")
    parser.add_argument("--languages", nargs="+", default=["urd", "khm", "som"])
    parser.add_argument("--pairs", type=int, help="of each language, drawn at random; by default all")
    parser.add_argument("--report", type=Path, default=Path("eval/experiments/aligners.md"))
    options = parser.parse_args()
    indexes = [each for each in (options.lucene_index, options.large_lucene_index) if each]
    learners: dict[str, Callable[..., Any]] = {"Model 1 (ships)": learn_ibm1}
    learners |= {name: partial(learn_thot, model=model) for name, model in THOT.items()}
    grids = []
    for language in options.languages:
        bitext = load_bitext([str(shipped(f"encoders/bitext/{language}.tsv.gz"))], language)
        pairs, rows = draw(bitext.pairs, options.pairs), []
        for name, learner in learners.items():
            learn.learn_ibm1 = learner
            started = time.process_time()
            table = learn.learn_table(pairs, language)
            seconds = time.process_time() - started
            figures = [figure for index in indexes for figure in score(table, language, index)]
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            cells = [*(f"{figure:.3f}" for figure in figures), f"{seconds:.0f} s", f"{memory:.1f} GB"]
            rows.append(tuple(map(TableCell, (name, *cells))))
            sys.stdout.write(f"{language} {name} {cells}\n")
            sys.stdout.flush()
        pools = ("", " among 200,000")[: len(indexes)]
        sets = [f"{each}{pool}" for pool in pools for each in sets_of(language)]
        grids.append(Grid(language, (language, *sets, "CPU", "peak so far"), tuple(rows)))
    for grid in grids:
        Console(width=160).print(to_rich(grid))
    taken = f"{options.pairs:,} pairs drawn at random" if options.pairs else "all pairs"
    words = f"# Aligners\n\nMRR@10 of structured queries; {taken}; {ITERATIONS} iterations of each model of sil-thot."
    write_report(str(options.report), words, sys.argv, grids)


if __name__ == "__main__":
    run()
