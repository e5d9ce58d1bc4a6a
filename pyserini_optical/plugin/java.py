"""Find a JDK that Pyserini's Lucene can run on, before the JVM starts."""

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyserini_optical.errors import OpticalError

logger = logging.getLogger(__name__)

OLDEST = 21
MODULE = "jdk.incubator.vector"
USUAL_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "~/.jdks/*",
    "~/.sdkman/candidates/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
)


@dataclass(frozen=True)
class Jdk:
    """A Java installation: its folder, how it was found, its version (0: unknown), and what it lacks."""

    home: Path
    found_by: str
    version: int
    fault: str

    @property
    def fits(self) -> bool:
        """Whether Pyserini runs on it."""
        return not self.fault


def prepare_java() -> None:
    """Point `JAVA_HOME` to a suitable JDK, unless `JVM_PATH` is set, and leave signals to Python.

    To be called before Java starts. On Ctrl-C, Java would end the process before Python can tidy up; on SIGTERM, it may
    wait for its own threads forever.

    Raises
    ------
    OpticalError
        There is no suitable JDK on this machine, or another library has started Java in this process without Pyserini's
        classes.
    """
    _find_java()
    import jnius_config

    if not jnius_config.vm_running and "-Xrs" not in jnius_config.get_options():
        jnius_config.add_options("-Xrs")


def _find_java() -> None:
    _refuse_foreign_machine()
    if "JVM_PATH" not in os.environ:
        os.environ["JAVA_HOME"] = str(choose_jdk().home)


def _refuse_foreign_machine() -> None:
    """A process has a single JVM, and pyjnius cannot extend its class path once it runs."""
    config = sys.modules.get("jnius_config")
    if config is not None and config.vm_running and not any("anserini" in path for path in config.get_classpath()):
        raise OpticalError(
            "another library has started Java in this process without Pyserini's classes; import pyserini before "
            "that library does"
        )


def spare_memory() -> None:
    """Make the JVM of this process use little memory, unless `JAVA_TOOL_OPTIONS` is set.

    By default its heap may take a quarter of the machine's memory, and it collects garbage with one thread per core.
    """
    if "JAVA_TOOL_OPTIONS" not in os.environ:
        import jnius_config

        if not jnius_config.vm_running:
            jnius_config.add_options("-Xmx512m", "-XX:+UseSerialGC")


def leave_java() -> None:
    """Detach the current thread from the JVM: a thread that ends while attached would crash the process."""
    jnius = sys.modules.get("jnius")
    if jnius is not None:
        jnius.detach()


def suggest_java() -> None:
    """Find a JDK, but only warn if none fits: for Pyserini commands without a student."""
    try:
        _find_java()
    except OpticalError as error:
        logger.warning("%s", error)


def choose_jdk() -> Jdk:
    """Choose the first suitable JDK: that of `JAVA_HOME`, that of PATH, then those in the usual folders.

    Raises
    ------
    OpticalError
        None is suitable; the message lists what was found where.
    """
    found = []
    for jdk in find_jdks():
        if jdk.fits:
            return jdk
        found.append(f"{jdk.home} ({jdk.found_by}): {jdk.fault}")
    seen = "; ".join(found) or "no Java at all in JAVA_HOME, on PATH or in the usual folders"
    raise OpticalError(
        f"Pyserini needs a JDK {OLDEST} or newer with the module {MODULE}. Found: {seen}. Install one, such as "
        f"Temurin {OLDEST} (https://adoptium.net) or the package openjdk-{OLDEST}-jdk-headless, and set JAVA_HOME to it"
    )


def find_jdks() -> Iterator[Jdk]:
    """List the Java installations of this machine, in order of preference.

    Yields
    ------
    Jdk
        Each installation once.
    """
    seen = set()
    for home, found_by in _candidates():
        real = home.resolve()
        if real not in seen and (found_by == "JAVA_HOME" or (home / "bin" / "java").exists()):
            seen.add(real)
            version, fault = _inspect(home)
            yield Jdk(home, found_by, version, fault)


def _candidates() -> Iterator[tuple[Path, str]]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"]), "JAVA_HOME"
    for program in ("javac", "java"):
        path = shutil.which(program)
        if path:
            yield Path(path).resolve().parent.parent, "PATH"
    for pattern in USUAL_FOLDERS:
        root = Path(pattern).expanduser()
        yield from (
            (home, "usual folder") for home in sorted(Path(root.anchor).glob(str(root.relative_to(root.anchor))))
        )


def _inspect(home: Path) -> tuple[int, str]:
    if not (home / "bin" / "java").exists():
        return 0, "holds no bin/java"
    release = _read_release(home)
    version = _major(release.get("JAVA_VERSION", ""))
    if version == 0:
        return 0, "has no release file that tells its version"
    if version < OLDEST:
        return version, f"Java {version}, too old"
    modules = release["MODULES"].split() if "MODULES" in release else _list_modules(home)
    if MODULE not in modules:
        return version, f"Java {version}, without the module {MODULE}"
    if not any(
        (home / place).exists() for place in ("lib/server/libjvm.so", "lib/server/libjvm.dylib", "bin/server/jvm.dll")
    ):
        return version, f"Java {version}, without lib/server/libjvm"
    return version, ""


def _read_release(home: Path) -> dict[str, str]:
    path = home / "release"
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def _major(version: str) -> int:
    parts = version.removeprefix("1.").split(".")  # 1.8.0 is Java 8
    digits = parts[0].partition("-")[0]
    return int(digits) if digits.isdigit() else 0


def _list_modules(home: Path) -> list[str]:
    done = subprocess.run([home / "bin" / "java", "--list-modules"], capture_output=True, text=True, check=False)
    return [line.partition("@")[0] for line in done.stdout.splitlines()]
