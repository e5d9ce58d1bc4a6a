"""What `ablation.py` and `study.py` share: train a recipe once, search lowres-clir with what came out, keep both."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from pyserini_optical.commands import main
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.tables import Grid, to_markdown
from pyserini_optical.files import open_text, write_file
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import read_run
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics


def declare_options(description: str, report: str) -> argparse.ArgumentParser:
    """Make a parser with the options of both programs."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dense-index", required=True, help="Faiss index of lowres-clir, made with the teacher")
    parser.add_argument("--work", required=True, type=Path, help="students, runs and figures; used again")
    parser.add_argument("--report", default=report, help=f"Markdown to write ({report})")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--held-out", type=int, default=300)
    return parser


def train(recipe: Recipe, folder: Path) -> dict[str, float]:
    """Distil, unless it was done; held-out MRR `before` and `after`."""
    kept = folder.with_name(f"{folder.name}.json")  # a share such as 0.25 is no suffix
    if not kept.is_file():
        *_, outcome = distill(recipe, folder, overwrite=True)
        with write_file(kept) as file:
            json.dump({"before": outcome.before["mrr"], "after": outcome.after["mrr"]}, file)
    with open_text(kept) as file:
        return dict(json.load(file))


def measure(sets: Sequence[str], mode: str, output: Path, flags: Sequence[str]) -> float:
    """Search topic sets, unless it was done; mean MRR@10 over them."""
    collection, scores = shipped("eval/lowres-clir"), []
    for name in sets:
        topics, run = collection / "topics" / f"{name}.tsv", output.with_name(f"{output.name}.{name}.{mode}.txt")
        if not run.is_file():
            command = ["search", "--mode", mode, "--topics", str(topics), "--output", str(run), *flags]
            if main(command):
                raise OpticalError(f"searching {name} failed; see above")
        qrels = read_qrels(collection / "qrels" / f"{name.split('.')[0]}.txt")
        asked = {query: judged for query, judged in qrels.items() if query in read_topics(topics)}
        scores.append(evaluate(asked, read_run(run), ["mrr@10"]).means["mrr@10"])
    return sum(scores) / len(scores)


def sets_of(language: str) -> list[str]:
    """Topic sets of lowres-clir in a language."""
    return sorted(path.stem for path in (shipped("eval/lowres-clir") / "topics").glob(f"*.{language}.tsv"))


def write_report(path: str, words: str, command: Sequence[str], grids: Sequence[Grid]) -> None:
    """Write tables with the command that makes them again."""
    with write_file(path, overwrite=True) as file:
        shown = (Path(word).name if Path(word).is_absolute() else word for word in command)
        file.write(f"{words}\n\n```\npython {' '.join(shown)}\n```\n")
        for grid in grids:
            file.write(f"\n{to_markdown(grid)}\n")
