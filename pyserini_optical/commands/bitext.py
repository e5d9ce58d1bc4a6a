"""`pyserini-optical bitext report FILE`: describe a bitext; `bitext get swa`: find and fetch bitext in OPUS."""

import argparse

from pyserini_optical.commands.options import KINDS, add_reading_options, count, find_bitext_language


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.usage = (
        "pyserini-optical bitext report FILE [options]\n"
        "       pyserini-optical bitext get LANGUAGE [--corpus NAME ...] [--output FILE.tsv.gz] [--cap PAIRS]"
    )
    parser.add_argument("action", choices=["report", "get"], help="report on a file, or get bitext from OPUS")
    parser.add_argument("subject", metavar="FILE|LANGUAGE", help=f"report: {KINDS}; get: swa, sw or Swahili")
    add_reading_options(parser, on_error="skip")
    get = parser.add_argument_group("get")
    get.add_argument("--corpus", nargs="+", default=[], metavar="NAME", help="show the licences of these corpora")
    get.add_argument("--output", metavar="FILE", help="download these corpora and write them to one TSV file")
    get.add_argument(
        "--cap", type=count, metavar="PAIRS", help="take at most this many pairs of each corpus, spread evenly over it"
    )
    get.add_argument("--catalogue", metavar="FILE", help="SQLite catalogue to use instead of the one in opustools")
    get.add_argument("--overwrite", action="store_true", help="replace an existing output")


def run(options: argparse.Namespace) -> None:
    """Print the report, or the corpora in OPUS; fetch them if an output is given."""
    if options.action == "get":
        _get(options)
    else:
        _report(options)


def _get(options: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    from pyserini_optical.bitext.opus import fetch_corpora, find_corpora, read_licence
    from pyserini_optical.errors import OpticalError
    from pyserini_optical.files import refuse_overwrite
    from pyserini_optical.languages import Language, chosen_code

    language, console = chosen_code(options.subject), Console()
    if options.output:
        refuse_overwrite(options.output, options.overwrite)
        if not options.corpus:
            raise OpticalError(
                "--output: also name the corpora to download with --corpus; without --output they are only listed"
            )
    corpora = find_corpora(language, options.catalogue)
    known = {corpus.name: corpus for corpus in corpora}
    unknown = [name for name in options.corpus if name not in known]
    if unknown:
        raise OpticalError(f"--corpus {unknown[0]}: OPUS has no such corpus for {language}; it has {', '.join(known)}")
    chosen = [known[name] for name in dict.fromkeys(options.corpus)]
    title = f"English and {Language(language).name} ({language}) in OPUS"
    table = Table("corpus", "version", "pairs", "MB", "source", title=title, title_justify="left")
    for corpus in chosen or corpora:
        size = f"{corpus.bytes / 1e6:,.1f}"
        pairs = "unknown" if corpus.pairs is None else f"{corpus.pairs:,}"
        table.add_row(corpus.name, corpus.version, pairs, size, corpus.page)
    console.print(table)
    for corpus in chosen:
        console.print(f"{corpus.name}: licence: {read_licence(corpus)}", highlight=False, soft_wrap=True, markup=False)
    if options.output:
        written = fetch_corpora(chosen, language, options.output, options.cap, options.overwrite)
        console.print(
            f"{options.output}: {written:,} pairs; their sources and how to cite them: {options.output}.sources.json",
            highlight=False,
            soft_wrap=True,
        )


def _report(options: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    from pyserini_optical.bitext import report_bitext
    from pyserini_optical.languages import Language

    file = options.subject
    language = find_bitext_language(options.language, [file])
    report = report_bitext(file, language, options.english, options.foreign, options.on_error, options.check_script)
    name, sides = Language(language).name, report.sides
    table = Table("", "pairs", title=f"{file}: English and {name} ({language})", title_justify="left")
    table.add_row("read", f"{report.pairs:,}")
    table.add_row("malformed lines", f"{report.malformed:,}")
    for rule, dropped in report.dropped.items():
        table.add_row(f"dropped: {rule}", f"{dropped:,}")
    table.add_row("kept", f"{report.kept:,}", end_section=True)
    for source, pairs in report.sources.items():
        table.add_row(f"source {source}", f"{pairs:,}")
    console = Console()
    console.print(table)
    console.print(
        f"words: {report.english_words:,} English ({report.english_types:,} different), "
        f"{report.foreign_words:,} {language} ({report.foreign_types:,} different)\n"
        f"sides: common English words make up {sides.english:.0%} of the English side and {sides.foreign:.0%} of the "
        f"{name} side, whose script is {sides.script or 'unknown'}",
        highlight=False,
        soft_wrap=True,
    )
