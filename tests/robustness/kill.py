"""Kill processes at random moments while they replace a result, and look at what they leave.

`python -m tests.robustness.kill --times 200` takes each kind of result in turn: a process that has made the old result
is copied (fork), the copy begins to write the new one and is killed (SIGKILL): half of the times after a random part of
the time that this takes, else a random part of it after its temporary file appeared. What lies there must then be the
old result or the new one, read by the package's own readers.
"""

import argparse
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm


@dataclass(frozen=True)
class Result:
    """A kind of result: how to write version 0 or 1 of it, and which version lies there (anything else is a defect)."""

    name: str
    write: Callable[[int], object]
    read: Callable[[], int]
    home: Path


def list_results(folder: Path, teacher: Path) -> list[Result]:
    """Make what the results are made of, and list them: a run, a table, a pack, an exported student, a collection."""
    from pyserini_optical.bitext import Pair
    from pyserini_optical.commands import main
    from pyserini_optical.encoder.packs import read_pack, write_pack
    from pyserini_optical.encoder.quantisation import quantise_rows, restore_rows
    from pyserini_optical.encoder.query import load_query_encoder
    from pyserini_optical.lexicon import TranslationTable, learn_table
    from pyserini_optical.runs import read_run, write_run
    from tests.tiny import make_packs

    generator = random.Random(5)
    runs = [folder / f"run.{version}.txt" for version in (0, 1)]
    for version, path in enumerate(runs):
        write_run(
            path, {f"q{q}": {f"d{d}": 9.0 + version - d / 200 for d in range(200)} for q in range(50)}, f"v{version}"
        )
    fused = folder / "fused.txt.gz"

    def fuse(version: int) -> None:
        words = ["--runs", *map(str, runs), "--weights", f"{1 - version}", f"{version}", "--normalisation", "none"]
        assert main(["fuse", *words, "--output", str(fused), "--overwrite"]) == 0

    def fused_version() -> int:
        found = read_run(fused)
        assert len(found) == 50
        (version,) = {round(found[q]["d0"] - 9) for q in found}
        assert all(len(ranking) == 200 for ranking in found.values())
        return version

    english, foreign = (["water", "fire", "bread", "house"], ["maji", "moto", "mkate", "nyumba"])
    pairs = []
    for line in range(400):
        chosen = generator.sample(range(4), 2)
        sides = [" ".join(words[i] for i in chosen) for words in (english, foreign)]
        pairs.append(Pair(sides[0], f"{sides[1]} tv{line % 2}x{line}", "demo", line))
    home = folder / "tables" / "swa"

    def learn(version: int) -> None:
        table = learn_table(pairs[: 300 + 100 * version], "swa")
        table.provenance["version"] = version
        table.save(home, overwrite=True)

    def table_version() -> int:
        return int(TranslationTable.load(home).provenance["version"])

    packs = make_packs(folder / "packs", teacher)
    rows, scales, tokenizer = read_pack(packs, "swa")
    tables = [restore_rows(rows, scales), restore_rows(rows, scales) * 2]

    def pack(version: int) -> None:
        write_pack(packs, "swa", tables[version], tokenizer, overwrite=True)

    def pack_version() -> int:
        found = read_pack(packs, "swa")
        read_pack(packs, "som")
        (version,) = [v for v in (0, 1) if (quantise_rows(tables[v])[1] == found[1]).all()]
        return version

    exported, codes = folder / "exported", ("swa", "som")

    def export(version: int) -> None:
        words = [str(packs), "--language", codes[version], "--output", str(exported), "--overwrite"]
        assert main(["export", *words]) == 0

    def exported_version() -> int:
        return codes.index(*load_query_encoder(str(exported)).checkpoint.languages)

    return [
        Result("fuse", fuse, fused_version, folder),
        Result("lexicon", learn, table_version, home.parent),
        Result("pack", pack, pack_version, folder),
        Result("export", export, exported_version, folder),
    ]


def wait_for_partial(result: Result, child: int) -> None:
    """Wait until the child has a temporary file beside the result, or has ended."""
    before = set(result.home.glob(".*.partial"))
    while set(result.home.glob(".*.partial")) <= before:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(0.0005)


def kill_once(result: Result, version: int, seconds: float, aimed: bool) -> str:
    """Begin to write a version in a copy of this process, and kill it; `old`, `new`, or `finished` before the kill.

    Raises
    ------
    AssertionError, OpticalError
        What it left is neither.
    """
    child = os.fork()
    if child == 0:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            sys.stdout = sys.stderr = nowhere
            try:
                result.write(version)
            except BaseException:
                os._exit(1)
        os._exit(0)
    if aimed:
        wait_for_partial(result, child)
    time.sleep(random.uniform(0, seconds))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    found = result.read()
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0, f"{result.name}: failed by itself"
        assert found == version, f"{result.name}: ended well and left version {found}"
        return "finished"
    return "new" if found == version else "old"


def kill_many(folder: Path, teacher: Path, times: int) -> dict[str, Counter[str]]:
    """Kill `times` processes, the kinds of result in turn; count what was found afterwards, by kind."""
    # tqdm's own lock is shared by the processes: one that was killed with it in hand would stop this one for ever.
    tqdm.set_lock(threading.RLock())
    tqdm.monitor_interval = 0
    results = list_results(folder, teacher)
    seconds, counts = {}, {result.name: Counter[str]() for result in results}
    for result in results:
        result.write(1)
        started = time.monotonic()
        result.write(0)
        seconds[result.name] = time.monotonic() - started
        assert result.read() == 0
    for turn in range(times):
        result = results[turn % len(results)]
        there = result.read()
        counts[result.name][kill_once(result, 1 - there, 2 * seconds[result.name], turn % 8 < 4)] += 1
    return counts


def main() -> None:
    """Run it, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.disable()
    random.seed(options.seed)
    from tests.tiny import make_teacher

    with tempfile.TemporaryDirectory() as folder:
        counts = kill_many(Path(folder), make_teacher(Path(folder) / "teacher"), options.times)
        left = sum(1 for path in Path(folder).rglob("*.partial"))
    for name, count in counts.items():
        sys.stdout.write(f"{name:<8} {dict(count)}\n")
    sys.stdout.write(f"{options.times} kills: each left the old result or the new one ({left} hidden left-overs)\n")


if __name__ == "__main__":
    main()
