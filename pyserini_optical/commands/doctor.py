"""`pyserini-optical doctor`: check everything this package depends on, and say how to fix problems."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from pyserini_optical.errors import OpticalError

if TYPE_CHECKING:
    from pyserini_optical.doctor import Finding


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="another student to check (a name or folder, as for --encoder), or a Faiss index",
    )
    parser.add_argument(
        "--encoder", default="optical", help="the student that will search the index (default: optical)"
    )
    parser.add_argument(
        "--corpus", metavar="FILE", help="the indexed passages, to compare a sample of vectors with them"
    )
    parser.add_argument("--quick", action="store_true", help="do not start torch, Faiss, Pyserini and Java")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print one line per finding as it is made; return 1 if there is a fault."""
    findings = []
    for finding in _examine(options):
        findings.append(finding)
        if not options.json:
            sys.stdout.write(f"{finding}\n")
            sys.stdout.flush()
    faults = sum(finding.state == "fault" for finding in findings)
    if options.json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2) + "\n")
    else:
        sys.stdout.write(f"{faults or 'no'} fault{'' if faults == 1 else 's'}\n")
    return 1 if faults else 0


def _examine(options: argparse.Namespace) -> "Iterator[Finding]":
    from pyserini_optical.doctor.hook import check_hook
    from pyserini_optical.doctor.indexes import check_index, is_index
    from pyserini_optical.doctor.machine import check_machine
    from pyserini_optical.doctor.programs import check_java, check_programs
    from pyserini_optical.doctor.students import check_students

    yield from check_machine()
    yield from check_java()
    yield check_hook()
    indexes = [name for name in options.names if is_index(name)]
    if options.corpus and not indexes:
        raise OpticalError(f"--corpus {options.corpus}: also name the index that was built from it")
    yield from check_students([name for name in options.names if name not in indexes], options.quick)
    for index in indexes:
        yield from check_index(index, options.encoder, options.corpus)
    if not options.quick:
        yield from check_programs()
