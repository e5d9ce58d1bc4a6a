"""Export of a million short documents: memory, resumption after kills, speed beside bare iteration.

`python eval/bench/collection_export.py [--documents N] [--kills K]`
"""

import argparse
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyserini_optical.collections import register_collection
from pyserini_optical.collections.export import export_collection

NAME = "a-million-short-documents"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        report_one(*options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "documents.jsonl", Path(folder) / "export"
        with open(source, "w") as file:
            for number in range(options.documents):
                text = f"short document number {number} about nothing in particular, in some twenty words or so"
                file.write(json.dumps({"id": f"d{number}", "title": f"title {number}", "text": text}) + "\n")
        whole = run_child(source, Path(folder) / "measured")
        print(f"bare iteration {options.documents / whole['bare']:,.0f} documents/s of processor time")
        print(f"export         {options.documents / whole['export']:,.0f} documents/s of processor time")
        print(f"speed beside bare iteration: {whole['bare'] / whole['export']:.2f}; memory {whole['memory']:.0f} MB")
        for _ in range(options.kills):
            child = start_child(source, output)
            time.sleep(whole["wall"] / (options.kills + 1))
            child.send_signal(signal.SIGKILL)
            child.wait()
            print(f"killed with {len(list(output.glob('corpus/part-*')))} parts written")
        run_child(source, output)
        found = [
            json.loads(line)["id"]
            for part in sorted((output / "corpus").iterdir())
            for line in part.open(encoding="utf-8")
        ]
        assert found == [f"d{number}" for number in range(options.documents)], "documents were lost or doubled"
        print(f"after the kills: {len(found):,} documents, each once, in order")


def report_one(source: str, output: str) -> None:
    import ir_datasets

    register_collection(NAME, source)
    began = time.perf_counter()
    start = time.process_time()
    export_collection(NAME, output)
    export = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall = time.perf_counter() - began
    start = time.process_time()
    for _ in ir_datasets.load(NAME).docs_iter():
        pass
    print(json.dumps({"export": export, "bare": time.process_time() - start, "memory": memory, "wall": wall}))


def start_child(source: Path, output: Path) -> subprocess.Popen:
    command = [sys.executable, __file__, "--child", str(source), str(output)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def run_child(source: Path, output: Path) -> dict[str, float]:
    child = start_child(source, output)
    printed, _ = child.communicate()
    if child.returncode:
        raise SystemExit(f"the export failed with status {child.returncode}")
    return json.loads(printed.splitlines()[-1])


if __name__ == "__main__":
    main()
