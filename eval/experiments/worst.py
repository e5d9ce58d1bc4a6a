"""The queries that lose most by being asked in another language: what is to be read before the next idea.

    python eval/experiments/worst.py --language som [--sets flores ntrex] [--count 5]

From `runs/`: where the hybrid finds the relevant passage, in the language and in human English; and the words of the
query with the translations that the shipped table gives them.
"""

import argparse

from pyserini_optical.evaluation.rank_distance import relevant_ranks
from pyserini_optical.lexicon import TranslationTable
from pyserini_optical.lexicon.words import foreign_words
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import read_run
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics


def run() -> None:
    """List them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", required=True, help="ISO 639-3 code")
    parser.add_argument("--sets", nargs="+", default=["flores", "ntrex"])
    parser.add_argument("--count", type=int, default=5, help="queries a set")
    options = parser.parse_args()
    collection = shipped("eval/lowres-clir")
    table = TranslationTable.load(shipped("encoders/optical") / options.language)
    for name in options.sets:
        topics = {code: read_topics(collection / "topics" / f"{name}.{code}.tsv") for code in (options.language, "eng")}
        judgements = read_qrels(collection / "qrels" / f"{name}.txt")
        qrels = {query: judged for query, judged in judgements.items() if query in topics[options.language]}
        places = {
            system: relevant_ranks(qrels, read_run(f"runs/run.lowres-clir-{name}.{system}.{code}.txt.gz"))
            for system, code in (
                ("psq", options.language),
                ("student", options.language),
                ("hybrid", options.language),
                ("hybrid-english", "eng"),
            )
        }
        lost = sorted(qrels, key=lambda q: places["hybrid-english"][q] - places["hybrid"][q])
        ranks = [places["hybrid"][query] for query in qrels]
        print(f"\n# {name}.{options.language}: not within 100 {sum(r > 100 for r in ranks)} of {len(ranks)}")
        for query in lost[: options.count]:
            print(f"\n{query}: " + ", ".join(f"{system} {found[query]}" for system, found in places.items()))
            print(f"  {topics[options.language][query]}\n  {topics['eng'][query]}")
            glosses = []
            for word in foreign_words(topics[options.language][query]):
                known = table.translations(word)[:2]
                glosses.append(f"{word}={'/'.join(f'{term} {p:.1f}' for term, p in known) or '?'}")
            print("  " + " ".join(glosses))


if __name__ == "__main__":
    run()
