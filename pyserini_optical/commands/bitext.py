"""`pyserini-optical bitext report FILE`: what a bitext file holds."""

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument("action", choices=["report"], help="report: count pairs, words, sources and faults")
    parser.add_argument(
        "file",
        help="FILE.tsv, .jsonl, .tmx (plain or .gz), ENGLISH_FILE,FOREIGN_FILE, or hf:REPOSITORY[:CONFIG[:SPLIT]]",
    )
    parser.add_argument("--language", help="ISO 639-3 code of the foreign side; by default the file's name says it")
    parser.add_argument("--english", help="name of the English column, key or language in the file")
    parser.add_argument("--foreign", help="name of the foreign one")
    parser.add_argument("--on-error", choices=["skip", "stop"], default="skip", help="what to do with a malformed line")


def run(options: argparse.Namespace) -> None:
    """Print the report."""
    from rich.console import Console
    from rich.table import Table

    from pyserini_optical.bitext import report_bitext
    from pyserini_optical.bitext.read import language_of

    language = options.language or language_of(options.file)
    report = report_bitext(options.file, language, options.english, options.foreign, options.on_error)
    table = Table("", "pairs", title=f"{options.file}: English and {language}", title_justify="left")
    table.add_row("read", f"{report.pairs:,}")
    table.add_row("malformed lines", f"{report.malformed:,}")
    for name, count in report.dropped.items():
        table.add_row(f"dropped: {name}", f"{count:,}")
    table.add_row("kept", f"{report.kept:,}", end_section=True)
    for source, count in report.sources.items():
        table.add_row(f"source {source}", f"{count:,}")
    console = Console()
    console.print(table)
    console.print(
        f"words: {report.english_words:,} English ({report.english_types:,} different), "
        f"{report.foreign_words:,} {language} ({report.foreign_types:,} different)",
        highlight=False,
        soft_wrap=True,
    )
