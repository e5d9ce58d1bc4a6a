r"""Words of a script without spaces: the table's own words beside those of a segmenter made for the language.

    pip install pythainlp
    python eval/experiments/twenty_languages.py --pairs tha.tsv --language tha --train 1400 \
        --segmenter pythainlp.tokenize:word_tokenize

The table is learned from the first pairs; the sentences of the others ask, by structured queries, for their English
among the English of all. A segmenter is a function from a text to its words, which are then written with spaces.
"""

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pyserini_optical.bitext import load_bitext
from pyserini_optical.bitext.pair import Pair
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.lexicon.learn import learn_table
from pyserini_optical.psq import StructuredQuerySearcher


def index(pairs: Sequence[Pair], folder: Path) -> str:
    """Index the English sentences with Pyserini's default analyzer."""
    corpus = folder / "corpus"
    corpus.mkdir()
    lines = (json.dumps({"id": str(number), "contents": pair.english}) for number, pair in enumerate(pairs))
    (corpus / "english.jsonl").write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "pyserini.index.lucene", "--collection", "JsonCollection"]
    command += ["--generator", "DefaultLuceneDocumentGenerator", "--threads", "1"]
    command += ["--input", str(corpus), "--index", str(folder / "lucene")]
    subprocess.run(command, check=True, capture_output=True)
    return str(folder / "lucene")


def score(pairs: Sequence[Pair], language: str, train: int, lucene: str) -> float:
    """MRR@10 of the sentences that the table has not seen."""
    searcher = StructuredQuerySearcher(lucene, learn_table(pairs[:train], language))
    asked = {str(number): pair.foreign for number, pair in enumerate(pairs) if number >= train}
    run = searcher.search_run(list(asked.values()), list(asked), k=10)
    return evaluate({query: {query: 1} for query in asked}, run, ["mrr@10"]).means["mrr@10"]


def main() -> None:
    """Score the pairs as they are written and as the segmenter writes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", required=True, nargs="+")
    parser.add_argument("--language", required=True)
    parser.add_argument("--train", type=int, default=1700, help="pairs that the table is learned from (1700)")
    parser.add_argument("--most", type=int, default=2000, help="pairs in all (2000)")
    parser.add_argument("--segmenter", help="module:function")
    options = parser.parse_args()
    pairs = load_bitext(options.pairs, options.language).pairs[: options.most]
    variants: dict[str, Sequence[Pair]] = {"as written": pairs}
    if options.segmenter:
        module, _, name = options.segmenter.partition(":")
        words: Callable[[str], list[str]] = getattr(importlib.import_module(module), name)
        variants[options.segmenter] = [replace(pair, foreign=" ".join(words(pair.foreign))) for pair in pairs]
    with tempfile.TemporaryDirectory() as folder:
        lucene = index(pairs, Path(folder))
        for name, variant in variants.items():
            figure = score(variant, options.language, options.train, lucene)
            print(f"{options.language}, {options.train} of {len(pairs)} pairs, {name}: {figure:.3f}")


if __name__ == "__main__":
    main()
