"""`pyserini-optical collection export DATASET_ID --output DIR`."""

import argparse
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write corpus, topics and qrels for Pyserini")
    export.add_argument("dataset", help="ir_datasets id, such as lowres-clir/flores/som, wikiclir/sw, neuclir/1/fa")
    export.add_argument("--output", required=True, help="folder to write; an export that was killed is resumed")
    export.add_argument("--query-field", help="query field to use (title, description, ht_title, ...)")
    export.add_argument("--overwrite", action="store_true", help="export again, replacing an existing output")
    actions.add_parser("list", help="list the ids of the collection that ships with the project")


def run(options: argparse.Namespace) -> int:
    """Export, or list."""
    return _list() if options.action == "list" else _export(options)


def _export(options: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

    from pyserini_optical.collections.export import count_documents, export_collection

    total = count_documents(options.dataset)
    console = Console(stderr=True)
    with Progress(
        "documents", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("documents", total=total)
        export = export_collection(
            options.dataset,
            options.output,
            query_field=options.query_field,
            overwrite=options.overwrite,
            advance=lambda count: bar.advance(task, count),
        )
    sys.stdout.write(
        f"{options.output}: {export.documents:,} documents, {export.queries:,} queries, {export.qrels:,} judgements\n"
    )
    return 0


def _list() -> int:
    import ir_datasets

    from pyserini_optical.collections.registration import LOWRES_CLIR, register_lowres_clir

    register_lowres_clir()
    sys.stdout.writelines(f"{name}\n" for name in ir_datasets.registry if name.startswith(LOWRES_CLIR))
    return 0
