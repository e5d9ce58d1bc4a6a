"""`pyserini-optical demo`: index, search and score the collection that ships with the project, step by step."""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyserini_optical import __version__
from pyserini_optical.commands.options import amount, count, parse_language
from pyserini_optical.errors import OpticalError

MEASURES = ("recip_rank_cut_10", "ndcg_cut_10", "recall_100")
HITS = 1000


@dataclass(frozen=True)
class DemoStep:
    """One command, its output and, for a search, its row in the table; for a long one, what it is about to do."""

    output: Path
    arguments: str
    label: str = ""
    task: str = ""

    @property
    def command(self) -> list[str]:
        """The command as a list of words, for any Python."""
        return ["python", "-m", *shlex.split(self.arguments), str(self.output)]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--output", type=Path, default=Path(".demo"), help="folder for indexes and runs (default: .demo)"
    )
    parser.add_argument("--encoder", default="optical", help="a student (default: optical)")
    parser.add_argument(
        "--set", default="afriqa-swa", dest="topic_set", help="query set: afriqa-swa (default), afriqa-hau, flores, ..."
    )
    parser.add_argument(
        "--language", type=parse_language, default="swa", help="language of the queries, ISO 639-3 (default: swa)"
    )
    parser.add_argument(
        "--alpha", type=amount, default=0.05, help="weight of BM25 in Pyserini's own hybrid (default: 0.05)"
    )
    parser.add_argument("--threads", type=count, default=2, help="threads for indexing and searching (default: 2)")


def run(options: argparse.Namespace) -> None:
    """Run what is not finished, print each command, and print the table."""
    from pyserini_optical.encoder.checkpoint import FILE
    from pyserini_optical.encoder.student import find_student
    from pyserini_optical.files import checksum
    from pyserini_optical.plugin.java import prepare_java

    student = checksum(find_student(options.encoder).folder / FILE)
    prepare_java()
    environment = dict(os.environ, TOKENIZERS_PARALLELISM="false", OMP_NUM_THREADS=str(options.threads))
    _require_hook(environment)
    seconds = {}
    fresh = False
    for step in list_steps(options):
        fresh = _run_step(step, student, environment, options.output, fresh)
        seconds[step.label] = _read_mark(options.output, step).get("seconds", 0.0)
    _print_table(options, seconds)
    sys.stdout.write(say_how_to_ask(options.output, sys.argv[0]))


def say_how_to_ask(home: Path, program: str) -> str:
    """Show how to search the indexes that the demo has built.

    Parameters
    ----------
    home : Path
        Output folder of the demo.
    program : str
        Command that the demo was run with.
    """
    from pyserini_optical.topics import read_topics

    call = program if Path(program).name == "pyserini-optical" else "python -m pyserini_optical"
    indexes = f"--lucene-index {home / 'indexes' / 'bm25'} --dense-index {home / 'indexes' / 'dense'}"
    question = next(iter(read_topics(home / "collection" / "topics.tsv").values()))
    return (
        f"\nTo ask a question:\n  {call} search {shlex.quote(question)} {indexes}\n"
        f"To search in a browser, at http://127.0.0.1:8080/:\n  {call} serve {indexes}\n"
    )


def list_steps(options: argparse.Namespace) -> Iterator[DemoStep]:
    """List the commands of the demo, in order.

    Parameters
    ----------
    options : argparse.Namespace
        Options declared by :func:`configure`.
    """
    from pyserini_optical.collections.export import count_documents
    from pyserini_optical.encoder.student import find_student
    from pyserini_optical.shipped import shipped

    dimension = find_student(options.encoder).checkpoint.dimension
    home = options.output
    collection, dense, sparse = home / "collection", home / "indexes" / "dense", home / "indexes" / "bm25"
    dataset = "/".join(["lowres-clir", *options.topic_set.split("-")])
    dataset += "" if dataset.endswith(f"/{options.language}") else f"/{options.language}"
    topics = {
        "untranslated": collection / "topics.tsv",
        "human": shipped(f"eval/lowres-clir/topics/{options.topic_set}.eng.tsv"),
    }
    yield DemoStep(collection, f"pyserini_optical collection export {dataset} --output")
    # The encoder sorts its input by length and pads in groups of 32: large inputs mean little padding.
    yield DemoStep(
        dense,
        f"pyserini.encode input --corpus {collection / 'corpus'} --fields title text "
        f"encoder --encoder {options.encoder} --fields title text --dimension {dimension} --batch-size 512 "
        "--device cpu output --to-faiss --embeddings",
        task=f"encoding {count_documents(dataset):,} passages",
    )
    yield DemoStep(
        sparse,
        f"pyserini.index.lucene --collection JsonCollection --input {collection / 'corpus'} "
        f"--generator DefaultLuceneDocumentGenerator --storeRaw --threads {options.threads} --index",
    )

    def bm25(which: str, label: str) -> DemoStep:
        words = f"pyserini.search.lucene --bm25 --index {sparse} --topics {topics[which]} --hits {HITS} --output"
        return DemoStep(home / "runs" / f"bm25-{which}.txt", words, label)

    def faiss(which: str, encoder: str, label: str) -> DemoStep:
        words = (
            f"pyserini.search.faiss --encoder {encoder} --index {dense} --topics {topics[which]} --hits {HITS} "
            f"--batch-size 64 --threads {options.threads} --output"
        )
        return DemoStep(home / "runs" / f"dense-{which}.txt", words, label)

    def ours(mode: str, label: str, dense_side: str = "") -> DemoStep:
        words = (
            f"pyserini_optical search --mode {mode} --language {options.language} --lucene-index {sparse} "
            f"--table optical {dense_side}--topics {topics['untranslated']} --hits {HITS} --output"
        )
        return DemoStep(home / "runs" / f"{mode}.txt", words, label)

    yield bm25("untranslated", "BM25, untranslated")
    yield faiss("untranslated", options.encoder, f"dense, {options.encoder}")
    yield DemoStep(
        home / "runs" / "hybrid-untranslated.txt",
        f"pyserini.search.hybrid dense --index {dense} --encoder {options.encoder} sparse --index {sparse} "
        f"fusion --alpha {options.alpha} --hits {HITS} run --topics {topics['untranslated']} --hits {HITS} "
        f"--batch-size 64 --threads {options.threads} --output",
        "hybrid of the two above",
    )
    if options.language != "eng":  # English needs no translation table
        yield ours("psq", "BM25, structured queries")
        yield ours("hybrid", "hybrid with structured queries", f"--dense-index {dense} --encoder {options.encoder} ")
    yield bm25("human", "BM25, human translation")
    yield faiss("human", options.encoder, "dense, human translation")


def _require_hook(environment: dict[str, str]) -> None:
    probe = "import sys; sys.exit('pyserini_optical' not in sys.modules)"
    if subprocess.run([sys.executable, "-c", probe], env=environment, check=False).returncode:
        raise OpticalError(
            "Pyserini's commands do not know `optical` in this environment: install the package (pip install .), "
            "and do not set PYSERINI_OPTICAL_HOOK=0"
        )


def _mark(home: Path, step: DemoStep) -> Path:
    return home / "finished" / f"{step.output.relative_to(home).as_posix().replace('/', '-')}.json"


def _read_mark(home: Path, step: DemoStep) -> dict:
    path = _mark(home, step)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _run_step(step: DemoStep, student: str, environment: dict[str, str], home: Path, fresh: bool) -> bool:
    """Run a step unless it is finished and no earlier step was rerun; return whether it was run."""
    from pyserini_optical.files import write_json

    key = {"command": step.command, "student": student, "version": __version__}
    found = _read_mark(home, step)
    printed = shlex.join(step.command)
    if not fresh and step.output.exists() and {name: found.get(name) for name in key} == key:
        sys.stdout.write(f"already done: {printed}\n")
        return False
    sys.stdout.write(f"{printed}\n")
    sys.stdout.flush()
    if step.task:
        sys.stderr.write(f"{step.task} ...\n")
    _mark(home, step).unlink(missing_ok=True)
    _remove(step.output)
    log = home / "logs" / f"{_mark(home, step).stem}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        done = subprocess.run(
            [sys.executable, *step.command[1:]], env=environment, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode or not step.output.exists():
        _remove(step.output)
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = lines[-1].removeprefix("error: ") if lines else "no output"
        raise OpticalError(f"{last} (exit status {done.returncode} of: {printed}; full output: {log})")
    write_json(_mark(home, step), key | {"seconds": round(time.monotonic() - start, 1)}, overwrite=True)
    return True


def _remove(output: Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    else:
        output.unlink(missing_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)


def _print_table(options: argparse.Namespace, seconds: dict[str, float]) -> None:
    from rich.console import Console
    from rich.table import Table

    from pyserini_optical.evaluation.measures import evaluate
    from pyserini_optical.qrels import read_qrels
    from pyserini_optical.runs import read_run

    qrels = read_qrels(options.output / "collection" / "qrels.txt")
    table = Table(title=f"lowres-clir, {options.topic_set}, {options.language}: {len(qrels)} queries")
    table.add_column("")
    for heading in ("MRR@10", "nDCG@10", "R@100", "seconds"):
        table.add_column(heading, justify="right")
    for step in list_steps(options):
        if step.label:
            scores = evaluate(qrels, read_run(step.output), MEASURES).means
            figures = [f"{scores[measure]:.3f}" for measure in MEASURES]
            table.add_row(step.label, *figures, f"{seconds[step.label]:.0f}")
    Console().print(table)
