"""Run the benchmarks one after the other and write `eval/bench/results.md`.

    python eval/bench --lucene-index L --dense-index F --late-index T [--e5 FOLDER] [--only NAME ...]

The indexes are those of `lowres-clir` that `pyserini-optical reproduce` makes (`pyserini-optical demo` makes the first
two); without them, what searches is not run. A section of the page says when and on what it was measured; one that was
not run, or failed, stays as it is.
"""

import argparse
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ("pyserini", "torch", "transformers", "sentence-transformers", "onnxruntime", "faiss-cpu", "POT", "numpy")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index")
    parser.add_argument("--dense-index")
    parser.add_argument("--late-index")
    parser.add_argument("--e5", help="folder of multilingual-e5-small, as eval/baselines makes it")
    parser.add_argument("--only", nargs="+", help="names, such as query_encoding")
    parser.add_argument("--output", type=Path, default=HERE / "results.md")
    options = parser.parse_args()
    sections, failed = read_sections(options.output), []
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(HERE.parent.parent)}
        for name, arguments in list_benchmarks(options).items():
            if options.only and name not in options.only:
                continue
            if arguments is None:
                print(f"{name}: left out, it needs the indexes", flush=True)
                continue
            if name in ("serving_memory", "serving_load") and not (Path(cache) / "pyserini-optical").is_dir():
                export = "from pyserini_optical.encoder.onnx.export import export_onnx; export_onnx('optical')"
                subprocess.run([sys.executable, "-c", export], env=environment, check=True, capture_output=True)
            print(f"{name} ...", flush=True)
            command = [str(HERE / f"{name}.py"), *arguments]
            done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True)
            print(done.stdout, flush=True)
            if done.returncode:
                failed.append(name)
                print(done.stderr, file=sys.stderr)
                continue
            shown = " ".join([f"eval/bench/{name}.py", *arguments]).replace(f"{HERE.parent.parent}/", "")
            sections[name] = f"`python {shown}`\n\n{describe_machine()}\n\n```text\n{done.stdout.rstrip()}\n```\n"
    known = [f"## {name}\n\n{sections[name]}" for name in list_benchmarks(options) if name in sections]
    options.output.write_text("\n".join(["# Benchmarks\n", *known]), encoding="utf-8")
    return 1 if failed else 0


def list_benchmarks(options: argparse.Namespace) -> dict[str, list[str] | None]:
    lucene = ["--lucene-index", options.lucene_index] if options.lucene_index else None
    dense = ["--dense-index", options.dense_index] if options.dense_index else None
    topics = str(HERE.parent / "lowres-clir" / "topics" / "afriqa-swa.swa.tsv")
    late = ["--index", options.late_index, "--topics", topics, "--encoder", "optical-swa"]
    return {
        "startup": [],
        "query_encoding": ["--e5", options.e5] if options.e5 else [],
        "corpus_encoding": [],
        "serving_memory": lucene + dense if lucene and dense else None,
        "serving_load": lucene + dense if lucene and dense else None,
        "psq": lucene,
        "maxsim": late if options.late_index else None,
        "scale": ["--index", options.dense_index] if dense else None,
        "transport": [],
        "training_step": [],
        "lexicon": ["--language", "swa"],
        "run_reading": [],
        "collection_export": ["--documents", "100000"],
    }


def read_sections(page: Path) -> dict[str, str]:
    """What the page says already, by benchmark."""
    if not page.is_file():
        return {}
    parts = re.split(r"^## (\w+)\n\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.rstrip("\n") + "\n" for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def describe_machine() -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    load = f"; load at the end {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {find_processor()}, "
        f"{os.cpu_count()} cores{load}. Python {platform.python_version()}, {versions}."
    )


def find_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    sys.exit(main())
