"""Start-up, in processor time: each verb's help, importing the package, and what the start-up hook adds to Python.

python eval/bench/startup.py [--rounds 5]
"""

import argparse
import os
import statistics
import subprocess
import sys

LIMIT = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    from pyserini_optical.commands import VERBS

    code = "import sys; from pyserini_optical.commands import main; sys.exit(main({words!r}))"
    commands = {"python -c pass": "pass", "import pyserini_optical": "import pyserini_optical"}
    commands["--help"] = code.format(words=["--help"])
    commands |= {f"{verb} --help": code.format(words=[verb, "--help"]) for verb in VERBS}
    for name, source in commands.items():
        seconds = statistics.median(measure(source) for _ in range(options.rounds))
        print(f"{seconds:.3f} s  {seconds / LIMIT:.2f} of the limit  {name}", flush=True)
    source = (
        "import time; t = time.process_time(); import pyserini_optical.plugin.startup; print(time.process_time() - t)"
    )
    hook = statistics.median(
        float(subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout)
        for _ in range(options.rounds)
    )
    print(f"{1000 * hook:.2f} ms  importing the start-up hook")


def measure(source: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", source], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
