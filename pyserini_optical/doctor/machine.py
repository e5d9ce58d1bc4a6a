"""Checks of Python, memory, disk and network."""

import os
import platform
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from pyserini_optical.doctor import Finding
from pyserini_optical.errors import tell_reason

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 13)
LEAST_MEMORY = 2.0
LEAST_DISK = 2.0
GIGABYTE = 2**30
HUB = "https://huggingface.co"
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def check_machine() -> Iterator[Finding]:
    """Check Python, memory, disk and network."""
    yield check_python()
    yield check_memory()
    yield check_disk(Path.cwd())
    yield check_network()


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Compare the interpreter's version with the oldest that Pyserini supports, and the newest that ir_measures does.

    Parameters
    ----------
    version : tuple of int
        By default that of this process.
    """
    said = f"{'.'.join(map(str, version))} at {sys.executable}, {platform.system()} {platform.machine()}"
    if not OLDEST_PYTHON <= version[:2] <= NEWEST_PYTHON:
        return Finding("Python", "fault", said, "install Python 3.11 to 3.13 and make a new environment with it")
    return Finding("Python", "ok", said)


def check_memory() -> Finding:
    """Measure the memory available to this process, including the limit of a container."""
    free, whole = _memory()
    if whole is None:
        return Finding("memory", "note", "this system does not report its memory")
    said = (
        f"{whole / GIGABYTE:.1f} GiB" if free is None else f"{free / GIGABYTE:.1f} of {whole / GIGABYTE:.1f} GiB free"
    )
    if (whole if free is None else free) < LEAST_MEMORY * GIGABYTE:
        remedy = f"leave {LEAST_MEMORY:.0f} GiB free: Java, torch and an index are loaded together"
        return Finding("memory", "note", said, remedy)
    return Finding("memory", "ok", said)


def _memory() -> tuple[float | None, float | None]:
    """Free and total bytes; None where unknown."""
    free: float | None = None
    whole: float | None = None
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    table = Path("/proc/meminfo")
    if table.is_file():
        lines = dict(line.split(":", 1) for line in table.read_text(encoding="ascii").splitlines())
        free = float(lines["MemAvailable"].split()[0]) * 1024
    for path in LIMITS:
        limit = path.read_text(encoding="ascii").strip() if path.is_file() else "max"
        if limit.isdigit() and whole is not None and int(limit) < whole:
            whole = float(limit)
            free = whole if free is None else min(free, whole)
    return free, whole


def check_disk(folder: Path) -> Finding:
    """Measure the free space on the disk of a folder."""
    free = shutil.disk_usage(folder).free / GIGABYTE
    said = f"{free:.1f} GiB free in {folder}"
    if free < LEAST_DISK:
        return Finding("disk", "note", said, f"free {LEAST_DISK:.0f} GiB before indexing or training")
    if not os.access(folder, os.W_OK):
        return Finding("disk", "note", f"{said}, but it is not writable", "write outputs to another folder")
    return Finding("disk", "ok", said)


def check_network(address: str | None = None, patience: float = 3.0) -> Finding:
    """Check whether the model hub answers.

    Parameters
    ----------
    address : str, optional
        By default `HF_ENDPOINT`, or Hugging Face's.
    patience : float
        Seconds to wait.

    Returns
    -------
    Finding
        Never a fault: what ships works offline.
    """
    address = address or os.environ.get("HF_ENDPOINT", HUB)
    why = "only push, pull and teachers that are not on this disk need it"
    if os.environ.get("HF_HUB_OFFLINE", "0").upper() in ("1", "TRUE", "YES", "ON"):
        return Finding("network", "ok", f"switched off by HF_HUB_OFFLINE; {why}")
    try:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=patience):
            pass
    except urllib.error.HTTPError:
        pass  # whatever it answers, it answers
    except (OSError, ValueError) as error:
        return Finding("network", "ok", f"{address} does not answer ({tell_reason(error)}); {why}")
    return Finding("network", "ok", f"{address} answers")
