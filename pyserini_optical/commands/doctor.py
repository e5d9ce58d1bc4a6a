"""`pyserini-optical doctor`: each thing this package stands on, in order or with what to do."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyserini_optical.doctor import Finding


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("students", nargs="*", metavar="STUDENT", help="further students to check, as --encoder takes")
    parser.add_argument("--quick", action="store_true", help="do not start torch, Faiss, Pyserini and Java")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print a line a finding as it is made; 1 if one of them is a fault."""
    findings = []
    for finding in _examine(options):
        findings.append(finding)
        if not options.json:
            sys.stdout.write(f"{finding}\n")
            sys.stdout.flush()
    faults = sum(finding.state == "fault" for finding in findings)
    if options.json:
        import json
        from dataclasses import asdict

        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2) + "\n")
    else:
        sys.stdout.write(f"{faults or 'no'} fault{'' if faults == 1 else 's'}\n")
    return 1 if faults else 0


def _examine(options: argparse.Namespace) -> "Iterator[Finding]":
    from pyserini_optical.doctor.hook import check_hook
    from pyserini_optical.doctor.machine import check_machine
    from pyserini_optical.doctor.programs import check_java, check_programs
    from pyserini_optical.doctor.students import check_students

    yield from check_machine()
    yield from check_java()
    yield check_hook()
    yield from check_students(options.students)
    if not options.quick:
        yield from check_programs()
