"""`pyserini-optical explain`: the transport plan between a query and its translation."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from pyserini_optical.distillation.explain import Alignment


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument("query", help="a text for the student")
    parser.add_argument("english", help="its English translation, for the teacher")
    parser.add_argument(
        "--encoder", default="optical", help="student: a name such as optical-swa, or a folder (default: optical)"
    )
    parser.add_argument("--cost", choices=["cosine", "euclidean", "squared-euclidean"], default="cosine")
    parser.add_argument("--special-tokens", action="store_true", help="also transport [CLS] and [SEP]")
    parser.add_argument("--output", help="also draw the plan, as .png, .svg or .pdf")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing picture")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")


def run(options: argparse.Namespace) -> None:
    """Solve, print and draw."""
    from rich.console import Console

    from pyserini_optical.distillation.explain import align_tokens, draw_alignment
    from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder

    student = load_query_encoder(options.encoder, device=options.device)
    teacher = OpticalDocumentEncoder(options.encoder, device=options.device)
    alignment = align_tokens(
        student.tokens(options.query),
        student.encode_tokens([options.query])[0],
        teacher.tokens(options.english),
        teacher.encode_tokens([options.english])[0],
        options.special_tokens,
        options.cost,
    )
    console = Console()
    console.print(_tabulate(alignment))
    console.print(f"transport cost {alignment.cost:.4f}, cosine of the means {alignment.pooled:.4f}")
    if options.output:
        draw_alignment(options.output, alignment, f"{options.encoder}, {options.cost} cost", options.overwrite)
        console.print(f"drawn in {options.output}", soft_wrap=True)


def _tabulate(alignment: "Alignment") -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    table.add_column("student")
    table.add_column("teacher (share of the mass)")
    table.add_column("cost", justify="right")
    for token, shares, costs in zip(alignment.rows, alignment.shares, alignment.costs, strict=True):
        best = [column for column in (-shares).argsort(kind="stable") if shares[column] >= 0.05]
        targets = "  ".join(f"{alignment.columns[column]} {shares[column]:.2f}" for column in best)
        # Tokens contain square brackets, which rich would take for markup.
        table.add_row(Text(token), Text(targets), f"{float(shares @ costs):.3f}")
    return table
