"""Every JDK of the machine, the one that Pyserini will run on, and why."""

import os
from collections.abc import Iterator

from pyserini_optical.doctor.finding import Finding
from pyserini_optical.plugin.java import MODULE, OLDEST, find_jdks

REMEDY = (
    f"install a JDK {OLDEST} or newer, such as Temurin {OLDEST} (https://adoptium.net) or the package "
    f"openjdk-{OLDEST}-jdk-headless, and set JAVA_HOME to it"
)


def check_java() -> Iterator[Finding]:
    """List the JDKs in the order in which they are looked at.

    Yields
    ------
    Finding
        One a JDK, then one on which of them is used.
    """
    if "JVM_PATH" in os.environ:
        said = f"JVM_PATH={os.environ['JVM_PATH']} settles which is used; JAVA_HOME and PATH are not looked at"
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
        said = f"{jdk.home} ({jdk.found_by}): " + (f"Java {jdk.version}, fits" if jdk.fits else jdk.fault)
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
        yield Finding("Java", "fault", "none in JAVA_HOME, on PATH or in the usual folders", REMEDY)
