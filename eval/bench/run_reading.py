"""How fast a run of a million lines is read, in processor time: `python eval/bench/run_reading.py [--lines N]`."""

import argparse
import random
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
            print(f"{name}: read {options.lines / best:,.0f} lines/s, written {options.lines / written:,.0f} lines/s")


def _seconds_to_read(path: Path) -> float:
    began = time.process_time()
    read_run(path)
    return time.process_time() - began


if __name__ == "__main__":
    main()
