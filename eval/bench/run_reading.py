"""How fast a run of a million lines is read, in processor time, and how much memory `evaluate` takes (on Linux).

python eval/bench/run_reading.py [--lines N]
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyserini_optical.runs import read_run, write_run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    draw = random.Random(7)
    run = {
        f"q{query}": {f"doc-{query}-{place}": 30 - place / 50 + draw.random() / 100 for place in range(1000)}
        for query in range(options.lines // 1000)
    }
    run = {query: dict(sorted(ranking.items(), key=lambda item: -item[1])) for query, ranking in run.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("run.txt", "run.txt.gz"):
            path = Path(folder) / name
            began = time.process_time()
            write_run(path, run, "bench")
            written = time.process_time() - began
            best = min(_seconds_to_read(path) for _ in range(options.repeat))
            memory = _megabytes_to_evaluate(path)
            print(f"{name}: read {options.lines / best:,.0f} lines/s, written {options.lines / written:,.0f} lines/s")
            print(f"{name}: evaluate takes {memory:,.0f} MB at the peak")


def _seconds_to_read(path: Path) -> float:
    began = time.process_time()
    read_run(path)
    return time.process_time() - began


def _megabytes_to_evaluate(path: Path) -> float:
    qrels = path.with_name("qrels.txt")
    qrels.write_text("".join(f"q{query} 0 doc-{query}-3 1\n" for query in range(1000)), encoding="utf-8")
    words = ["evaluate", "--qrels", str(qrels), "-m", "mrr@10", "-m", "ndcg_cut_10", str(path)]
    # Not ru_maxrss, which a process inherits from the one that starts it.
    code = (
        "import re, sys; from pyserini_optical.commands import main; status = main(sys.argv[1:]); "
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1]) / 1e3


if __name__ == "__main__":
    main()
