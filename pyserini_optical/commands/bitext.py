"""`pyserini-optical bitext report FILE`: what a bitext file holds."""

import argparse

from pyserini_optical.commands.bitext_options import KINDS, add_reading_options, find_bitext_language


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument("action", choices=["report"], help="report: count pairs, words, sources and faults")
    parser.add_argument("file", help=KINDS)
    add_reading_options(parser, on_error="skip")


def run(options: argparse.Namespace) -> None:
    """Print the report."""
    from rich.console import Console
    from rich.table import Table

    from pyserini_optical.bitext import report_bitext
    from pyserini_optical.languages import Language

    language = find_bitext_language(options.language, [options.file])
    report = report_bitext(
        options.file, language, options.english, options.foreign, options.on_error, options.check_script
    )
    name, sides = Language(language).name, report.sides
    table = Table("", "pairs", title=f"{options.file}: English and {name} ({language})", title_justify="left")
    table.add_row("read", f"{report.pairs:,}")
    table.add_row("malformed lines", f"{report.malformed:,}")
    for rule, count in report.dropped.items():
        table.add_row(f"dropped: {rule}", f"{count:,}")
    table.add_row("kept", f"{report.kept:,}", end_section=True)
    for source, count in report.sources.items():
        table.add_row(f"source {source}", f"{count:,}")
    console = Console()
    console.print(table)
    console.print(
        f"words: {report.english_words:,} English ({report.english_types:,} different), "
        f"{report.foreign_words:,} {language} ({report.foreign_types:,} different)\n"
        f"sides: {sides.english:.0%} of the English side are common English words, {sides.foreign:.0%} of the {name} "
        f"side; its script is {sides.script or 'unknown'}",
        highlight=False,
        soft_wrap=True,
    )
