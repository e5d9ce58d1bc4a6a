"""`pyserini-optical lexicon`: learn a translation table from bitext, or look words up in one."""

import argparse
from typing import TYPE_CHECKING

from pyserini_optical.commands.options import KINDS, add_reading_options, amount, load_named_bitext, natural, share

if TYPE_CHECKING:
    from pyserini_optical.lexicon import TranslationTable
    from pyserini_optical.lexicon.names import NameFinder


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.usage = (
        "pyserini-optical lexicon --bitext FILE [FILE ...] --output FOLDER [options]\n"
        "       pyserini-optical lexicon show TABLE WORD [WORD ...]"
    )
    parser.add_argument(
        "action",
        nargs="?",
        choices=["learn", "show"],
        default="learn",
        help="learn a table (the default), or show translations",
    )
    parser.add_argument("table", nargs="?", help="show: folder of a table, or a shipped language, such as swa")
    parser.add_argument("words", nargs="*", help="show: foreign words")
    parser.add_argument("--lucene-index", metavar="FOLDER", help="show: also match names with the terms of this index")
    parser.add_argument("--bitext", nargs="+", metavar="FILE", help=f"learn: {KINDS}")
    parser.add_argument("--output", metavar="FOLDER", help="learn: folder for the table")
    add_reading_options(parser)
    parser.add_argument(
        "--documents",
        metavar="CODE",
        help="learn: language of the documents, if not English: the table is then for English queries",
    )
    parser.add_argument(
        "--analyzer",
        metavar="CODE",
        help="learn, with --documents: the --language that pyserini.index.lucene was given (default: none)",
    )
    parser.add_argument("--iterations", type=natural, default=8, help="EM iterations (default: 8)")
    parser.add_argument(
        "--prior", type=amount, default=0.003, help="Dirichlet prior; 0: maximum likelihood (default: 0.003)"
    )
    parser.add_argument(
        "--threshold", type=share, default=0.02, help="drop translations less probable than this (default: 0.02)"
    )
    parser.add_argument(
        "--stem-length",
        type=natural,
        default=5,
        help="letters in the stems that stand in for unseen words; 0: no stems (default: 5)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing table")


def run(options: argparse.Namespace) -> None:
    """Learn and save, or print translations."""
    from pyserini_optical.errors import OpticalError

    if options.action == "show":
        if not options.table or not options.words:
            raise OpticalError("lexicon show: name a table and a word, such as: lexicon show swa maji")
        _show(options.table, options.words, options.lucene_index)
    elif not options.bitext or not options.output:
        raise OpticalError("lexicon: pass --bitext FILE and --output FOLDER")
    else:
        _learn(options)


def _learn(options: argparse.Namespace) -> None:
    from rich.console import Console

    from pyserini_optical.errors import OpticalError
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.languages import ENGLISH, language_code
    from pyserini_optical.lexicon import LearnOptions, learn_table
    from pyserini_optical.lexicon.learn import DEFAULT_ANALYZER
    from pyserini_optical.psq.language_analyzer import open_analyzer

    refuse_overwrite(f"{options.output}/table.tsv.gz", options.overwrite)
    if options.analyzer and not options.documents:
        raise OpticalError(f"--analyzer {options.analyzer}: needs --documents, the language of the documents")
    bitext = load_named_bitext(options)
    chosen = LearnOptions(
        iterations=options.iterations, prior=options.prior, threshold=options.threshold, stem_length=options.stem_length
    )
    documents = language_code(options.documents) if options.documents else ENGLISH
    if documents not in (ENGLISH, language_code(bitext.language)):
        raise OpticalError(f"--documents {options.documents}: the bitext is in {bitext.language}; name that, or eng")
    into = ENGLISH if documents == ENGLISH else bitext.language
    analyzer = DEFAULT_ANALYZER if options.analyzer is None else open_analyzer(options.analyzer)
    table = learn_table(bitext.pairs, bitext.language, chosen, into, analyzer)
    table.provenance.update(bitext.provenance)
    table.save(options.output, options.overwrite)
    Console().print(
        f"{options.output}: {len(table):,} words and stems, {len(table.term_ids):,} translations from "
        f"{len(bitext.pairs):,} pairs ({sum(bitext.dropped.values()):,} dropped, {bitext.malformed:,} malformed lines)",
        highlight=False,
        soft_wrap=True,
    )


def _show(name: str, words: list[str], index: str | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from pyserini_optical.lexicon import foreign_words, translate_word
    from pyserini_optical.lexicon.table_names import load_table

    table = load_table(name)
    names = None if index is None else _find_names(index, table)
    shown = Table("word", "found as", "read as", "translations")
    for word in foreign_words(" ".join(words), table.language, table.foreign_analyzer):
        found = translate_word(table, word, names)
        alternatives = "  ".join(f"{term} {probability:.3f}" for term, probability in found.alternatives)
        shown.add_row(word, found.how, found.reading, alternatives)
    Console().print(shown)


def _find_names(index: str, table: "TranslationTable") -> "NameFinder":
    from pyserini_optical.lexicon.names import NameFinder
    from pyserini_optical.psq.opening import FIELD, open_anserini
    from pyserini_optical.psq.vocabulary import open_vocabulary

    return NameFinder(open_vocabulary(index, open_anserini(index).reader, FIELD), table.endings, table.analyze)
