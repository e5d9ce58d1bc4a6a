"""Checks of the large dependencies: which JDK Pyserini will use, and whether torch, Faiss, Pyserini and Java start."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from pyserini_optical.doctor import Finding
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.java import MODULE, OLDEST, choose_jdk, find_jdks

REMEDY = (
    f"install a JDK {OLDEST} or newer, such as Temurin {OLDEST} (https://adoptium.net) or the package "
    f"openjdk-{OLDEST}-jdk-headless, and set JAVA_HOME to it"
)


def check_java() -> Iterator[Finding]:
    """List the JDKs in the order of preference.

    Yields
    ------
    Finding
        One per JDK, then one about the JDK that is used.
    """
    if "JVM_PATH" in os.environ:
        said = f"JVM_PATH={os.environ['JVM_PATH']} decides which is used; JAVA_HOME and PATH are ignored"
        if os.path.exists(os.environ["JVM_PATH"]):
            yield Finding("Java", "ok", said)
        else:
            yield Finding("Java", "fault", f"{said}; no such file", "unset JVM_PATH, or name the file libjvm.so")
        return
    used, found = None, 0
    for jdk in find_jdks():
        found += 1
        if jdk.fits and used is None:
            used = jdk
        said = f"{jdk.home} ({jdk.found_by}): " + (f"Java {jdk.version}, suitable" if jdk.fits else jdk.fault)
        yield Finding("JDK", "ok" if jdk.fits else "note", said)
    if used is not None:
        why = {
            "JAVA_HOME": "JAVA_HOME names it",
            "PATH": "it is the first that fits: JAVA_HOME names none that does, PATH does",
        }.get(used.found_by, "neither JAVA_HOME nor PATH has one that fits, and it lies where JDKs usually do")
        yield Finding("Java", "ok", f"{used.home} is used ({why})")
    elif found:
        yield Finding("Java", "fault", f"none of these is Java {OLDEST} or newer with the module {MODULE}", REMEDY)
    else:
        yield Finding("Java", "fault", "not found in JAVA_HOME, on PATH or in the usual folders", REMEDY)


PATIENCE = 600
"""Seconds a probe may take; imports from a cold network disk are slow."""

MARK = "doctor says "

TORCH_AND_FAISS = """
import json, torch, faiss
faiss.IndexFlatIP(4).add(torch.ones(1, 4).numpy())
devices = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
mps = bool(getattr(torch.backends, "mps", None)) and torch.backends.mps.is_available()
print("doctor says " + json.dumps([torch.__version__, faiss.__version__, devices or (["Apple GPU"] if mps else [])]))
"""

PYSERINI = """
import json
import pyserini_optical
pyserini_optical.register()
import pyserini.encode
from pyserini.pyclass import autoclass
first = next(iter(pyserini.encode.query_encoder_class_map))
print("doctor says " + json.dumps([autoclass("java.lang.System").getProperty("java.version"), first]))
"""


def check_programs() -> Iterator[Finding]:
    """Import torch with Faiss, then Pyserini with Java, each pair in a separate process."""
    yield check_torch()
    yield check_pyserini()


def check_torch() -> Finding:
    """Import torch and Faiss in one process, and multiply with both."""
    answer, problem = ask(TORCH_AND_FAISS)
    if answer is None:
        remedy = "reinstall both: pip install --force-reinstall torch faiss-cpu"
        if "OMP" in problem or problem.startswith("killed"):
            remedy = (
                "two OpenMP runtimes in one process; set KMP_DUPLICATE_LIB_OK=TRUE, or install both from conda-forge"
            )
        return Finding("torch, Faiss", "fault", problem, remedy)
    torch, faiss, devices = answer
    return Finding("torch, Faiss", "ok", f"torch {torch}, Faiss {faiss}; {', '.join(devices) or 'no GPU'}")


def check_pyserini() -> Finding:
    """Import Pyserini with its JVM, and check that it knows `optical`."""
    try:
        version = importlib.metadata.version("pyserini")
    except importlib.metadata.PackageNotFoundError:
        return Finding("Pyserini", "fault", "is not installed", "pip install pyserini")
    try:
        choose_jdk()
    except OpticalError:
        return Finding("Pyserini", "fault", f"{version}, which cannot run without Java", "see Java above")
    started = time.monotonic()
    answer, problem = ask(PYSERINI)
    if answer is None:
        return Finding(
            "Pyserini", "fault", f"{version}: {problem}", "see Java above; if that is in order, reinstall pyserini"
        )
    java, first = answer
    said = f"{version} runs on Java {java} (all loaded in {time.monotonic() - started:.0f} s)"
    if first != "optical":
        return Finding(
            "Pyserini", "fault", f"{said}, but does not know `optical`", "this Pyserini is not supported yet"
        )
    return Finding("Pyserini", "ok", f"{said} and knows `optical`")


def ask(program: str, patience: float = PATIENCE) -> tuple[list | None, str]:
    """Run a program in a fresh Python, away from the current folder.

    Parameters
    ----------
    program : str
        Prints `doctor says` and JSON.
    patience : float
        Seconds.

    Returns
    -------
    answer : list or None
        None if it failed.
    problem : str
        The last line of its output, or how it ended.
    """
    # The package may only exist in the current folder, uninstalled; a neutral folder would hide it from the probe.
    path = json.dumps(sys.path[1:] if sys.path[:1] == [""] else sys.path)
    program = f"import sys; sys.path[:0] = [entry for entry in {path} if entry not in sys.path]\n{program}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-c", program],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None, f"gave no answer within {patience:.0f} s"
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            return json.loads(line.removeprefix(MARK)), ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if done.returncode < 0:
        return None, f"killed by signal {-done.returncode}" + (f" ({lines[-1]})" if lines else "")
    return None, lines[-1] if lines else f"ended with status {done.returncode}"
