"""Fuzz every reader, coverage-guided: `pip install atheris`, then `python tests/fuzz/fuzz.py --minutes 10`.

Each reader of `targets.py` runs in a process of its own; what brings one down is kept in `--findings` and printed.
"""

import argparse
import logging
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Fuzz one reader here (`--here NAME`), or each in a process of its own; 1 if something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", help="some of the readers (default: all)")
    parser.add_argument("--minutes", type=float, default=10, help="a reader (10)")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="folder for inputs that fail")
    parser.add_argument("--here", metavar="READER", help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.here:
        fuzz_here(options.here)
    from targets import TARGETS

    unknown = set(options.readers) - set(TARGETS)
    if unknown:
        parser.error(f"no reader {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    failed = [name for name in options.readers or TARGETS if not fuzz(name, options.minutes, options.findings)]
    return 1 if failed else 0


def fuzz(name: str, minutes: float, findings: Path) -> bool:
    """Fuzz one reader in a process of its own, print the figures, and tell whether it held."""
    from targets import TARGETS

    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(TARGETS[name][2]):
            (Path(corpus) / f"seed{number}").write_bytes(seed)
        flags = [f"-max_total_time={minutes * 60:.0f}", "-max_len=4096", "-timeout=20", "-rss_limit_mb=4096"]
        words = [sys.executable, __file__, "--here", name, *flags, f"-artifact_prefix={findings}/{name}-", corpus]
        words += ["-print_final_stats=1"]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    covered = re.findall(r"cov: (\d+)", done.stderr)
    count = f"{int(executed[1]):,}" if executed else "?"
    sys.stdout.write(f"{name:<11} {count:>10} executions, {covered[-1] if covered else '?'} edges, {minutes:g} min: ")
    sys.stdout.write("held\n" if done.returncode == 0 else f"FOUND\n{done.stdout[-1500:]}{done.stderr[-1500:]}\n")
    sys.stdout.flush()
    return done.returncode == 0


def fuzz_here(name: str) -> None:
    """Give this process to the fuzzer."""
    import atheris

    with atheris.instrument_imports(include=["pyserini_optical", "targets"]):
        from targets import TARGETS, try_bytes
    logging.disable()
    os.fsync = lambda descriptor: None  # nothing here has to outlive a power cut, and the disk is the slowest part
    # A pass over the seed imports what the reader needs, under the eyes of the fuzzer.
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    with atheris.instrument_imports(include=["pyserini_optical"]):
        try_bytes(name, TARGETS[name][2][0], folder)
    sys.argv = [sys.argv[0], *[word for word in sys.argv[1:] if word not in ("--here", name)]]
    atheris.Setup(sys.argv, lambda content: try_bytes(name, content, folder))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
