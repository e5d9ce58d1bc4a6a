"""Translation tables: how long they take to learn, and what exact structured queries with them find.

`python eval/bench/lexicon.py [--language swa ...] [--all]` learns a table a language with the defaults, and with --all
each variant of them; prints seconds of processor time, peak memory so far, table size, and MRR@10 on every set of
`lowres-clir` in that language. `--shipped` measures the tables that ship instead.
"""

import argparse
import resource
import sys
import time
from collections import Counter

from exact_psq import ExactPsq, reciprocal_ranks

from pyserini_optical.bitext import Rules, clean, read_bitext
from pyserini_optical.lexicon import LearnOptions, TranslationTable, foreign_words, learn_table, translate_word
from pyserini_optical.lexicon.table_names import load_table
from pyserini_optical.qrels import read_qrels
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

VARIANTS = {
    "default": LearnOptions(),
    "no stems": LearnOptions(stem_length=0),
    "stems of 4": LearnOptions(stem_length=4),
    "no prior": LearnOptions(prior=0),
    "prior .001": LearnOptions(prior=0.001),
    "prior .01": LearnOptions(prior=0.01),
    "5 iterations": LearnOptions(iterations=5),
    "threshold .05": LearnOptions(threshold=0.05),
    "no prior, no stems": LearnOptions(prior=0, stem_length=0),
}
LANGUAGES = "swa som tgl mar hau fra spa deu ita"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", nargs="+", default=LANGUAGES.split())
    parser.add_argument("--all", action="store_true", help="every variant, not the defaults alone")
    parser.add_argument("--shipped", action="store_true", help="measure the tables that ship")
    options = parser.parse_args()
    searcher = ExactPsq.of_collection(shipped("eval/lowres-clir") / "corpus.jsonl.gz")
    for language in options.language:
        if options.shipped:
            print(f"{language}  shipped  {measure(searcher, load_table(language))}", flush=True)
            continue
        for name in VARIANTS if options.all else ["default"]:
            print(f"{language}  {name}  {learn_and_measure(searcher, language, VARIANTS[name])}", flush=True)


def learn_and_measure(searcher: ExactPsq, language: str, options: LearnOptions) -> str:
    bitext = shipped("encoders/bitext") / f"{language}.tsv.gz"
    began, began_wall = time.process_time(), time.perf_counter()
    table = learn_table(clean(read_bitext(bitext, language), Rules(language)), language, options)
    seconds, wall = time.process_time() - began, time.perf_counter() - began_wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9
    cost = f"{seconds:.1f} s of processor ({wall:.1f} s), {peak:.2f} GB, {len(table.term_ids)} entries"
    return f"{cost}  {measure(searcher, table)}"


def measure(searcher: ExactPsq, table: TranslationTable) -> str:
    root, found = shipped("eval/lowres-clir"), []
    for path in sorted((root / "topics").glob(f"*.{table.language}.tsv")):
        collection = path.name.split(".")[0]
        topics, qrels = read_topics(path), read_qrels(root / "qrels" / f"{collection}.txt")
        queries = [[translate_word(table, word) for word in foreign_words(q, table.language)] for q in topics.values()]
        scores = searcher.score([[word.alternatives for word in query] for query in queries])
        ranks = reciprocal_ranks(scores, searcher.docids, [next(iter(qrels[qid])) for qid in topics])
        how = Counter(word.how for query in queries for word in query)
        known = how["table"] / sum(how.values())
        found.append(f"{collection} {ranks.mean():.3f} ({known:.0%} of words in the table)")
    return ", ".join(found)


if __name__ == "__main__":
    main()
