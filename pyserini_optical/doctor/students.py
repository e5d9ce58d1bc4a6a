"""Checks of students, translation tables and teachers: their location and checksums."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pyserini_optical.doctor import Finding
from pyserini_optical.errors import OpticalError
from pyserini_optical.shipped import SHIPPED_STUDENT


def check_students(names: Sequence[str] = (), quick: bool = False) -> Iterator[Finding]:
    """Check the shipped student, and others.

    Parameters
    ----------
    names : sequence of str
        Students, as for `--encoder`, in addition to the shipped one.
    quick : bool
        Skip checks that load torch.

    Yields
    ------
    Finding
        For each student: its files, its translation tables, its teacher, and whether it encodes a query.
    """
    for name in dict.fromkeys([SHIPPED_STUDENT, *names]):
        yield from check_student(name, quick)


def check_student(name: str, quick: bool = False) -> Iterator[Finding]:
    """Check one student: every file with a checksum, its tables, its teacher, and whether it encodes a query."""
    from pyserini_optical.encoder.loading import load_language_identifier
    from pyserini_optical.encoder.student import find_student
    from pyserini_optical.encoder.teacher import find_teacher
    from pyserini_optical.encoder.weights import verify_student

    subject = "student"
    try:
        student = find_student(name)
        folder, checkpoint = student.folder, student.checkpoint
        verify_student(folder, checkpoint)
    except OpticalError as error:
        yield Finding(subject, "fault", str(error), "reinstall the package, or fetch the student again")
        return
    known = ", ".join(checkpoint.languages) or "none named"
    yield Finding(subject, "ok", f"{name} ({known}) in {folder}; all checksums match")
    if checkpoint.kind == "packs":
        try:
            load_language_identifier(replace(student, language=None))
        except OpticalError as error:
            teach = f"pyserini-optical language-identifier --overwrite --student {folder} --bitext FILES"
            yield Finding("languages", "fault" if len(checkpoint.languages) > 1 else "note", str(error), teach)
    yield from _check_tables(folder)
    try:
        teacher = find_teacher(checkpoint.teacher, folder)
    except OpticalError as error:
        yield Finding(
            "teacher", "fault", str(error), f"with a network, run once: hf download {checkpoint.teacher.name}"
        )
        return
    yield Finding("teacher", "ok", f"{checkpoint.teacher.name} in {teacher}; no network needed")
    if not quick:
        yield _encode_a_query(name)


def _encode_a_query(name: str) -> Finding:
    """Encode a query, loading everything that a search loads."""
    from pyserini_optical.encoder.query import OpticalQueryEncoder

    try:
        vector = OpticalQueryEncoder(name).encode("Nairobi")
    except OpticalError as error:
        return Finding("encoding", "fault", str(error), "fetch the student again, or train the pack again")
    return Finding("encoding", "ok", f"{name} makes vectors of {len(vector)} dimensions")


def _check_tables(folder: Path) -> Iterator[Finding]:
    from pyserini_optical.files import checksum
    from pyserini_optical.lexicon.table_files import PROVENANCE_FILE, TABLE_FILE, read_provenance

    homes = sorted(path.parent for path in folder.glob(f"*/{PROVENANCE_FILE}"))
    sound = []
    for home in homes:
        try:
            if checksum(home / TABLE_FILE) != read_provenance(home / PROVENANCE_FILE)["sha256"]:
                raise OpticalError(f"{home / TABLE_FILE}: does not match {PROVENANCE_FILE}")
            sound.append(home.name)
        except OpticalError as error:
            yield Finding("table", "fault", str(error), "learn the table again, or fetch the student again")
    if sound:
        yield Finding("tables", "ok", f"{', '.join(sound)}; all checksums match")
