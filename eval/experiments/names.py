"""Compare searches with and without names from the index and the gloss.

    python eval/experiments/names.py --lucene-index L --dense-index F --language npi [--students FOLDER] [--topics T]

`--students` holds a language's pack and table, as `add-language` makes them; by default what ships. `--topics` is a
folder like `eval/lowres-clir/topics`. Prints MRR@10 of the words and of the hybrid on each set, plain and with what is
asked about, and the randomisation test of the difference.
"""

import argparse
from pathlib import Path

from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.significance import compare
from pyserini_optical.qrels import read_qrels
from pyserini_optical.searcher import OpticalSearcher, Settings
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

MEASURE = "recip_rank_cut_10"
SYSTEMS = {
    "words": ("psq", Settings(names=False)),
    "words, names": ("psq", Settings()),
    "hybrid": ("hybrid", Settings(names=False, gloss=False)),
    "hybrid, names": ("hybrid", Settings(gloss=False)),
    "hybrid, names, gloss": ("hybrid", Settings()),
}
PAIRS = [("words, names", "words"), ("hybrid, names", "hybrid"), ("hybrid, names, gloss", "hybrid")]


def main() -> None:
    """Search and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--language", required=True)
    parser.add_argument("--students", default="optical")
    parser.add_argument("--topics", type=Path, default=shipped("eval/lowres-clir/topics"))
    parser.add_argument("--sets", nargs="+", default=["flores", "ntrex"])
    options = parser.parse_args()
    for name in options.sets:
        topics = read_topics(options.topics / f"{name}.{options.language}.tsv")
        qrels = read_qrels(options.topics.parent / "qrels" / f"{name}.txt")
        scores = {}
        for system, (mode, settings) in SYSTEMS.items():
            searcher = OpticalSearcher(
                options.lucene_index,
                options.dense_index,
                mode=mode,
                language=options.language,
                table=options.students,
                encoder=options.students,
                settings=settings,
            )
            run = searcher.run(topics, 100)
            scores[system] = evaluate(qrels, run, [MEASURE]).per_query[MEASURE]
            print(f"{name} {system}: {sum(scores[system].values()) / len(scores[system]):.4f}", flush=True)
        for better, base in PAIRS:
            found = compare(scores[better], scores[base])
            print(
                f"{name} {better} - {base}: {found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f}), "
                f"p {found.randomisation:.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
