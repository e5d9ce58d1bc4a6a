"""Fixtures every area may use."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from pyserini_optical.plugin.java import choose_jdk
from tests.tiny import make_packs, make_teacher

REPOSITORY = Path(__file__).parent.parent

# Programs, whose doctests nobody wrote.
collect_ignore = ["distillation/two_ranks.py", "late_interaction/make_pylate_fixture.py", "robustness/kill.py"]

# The same examples every time; new ones are what tests/fuzz looks for, and --hypothesis-profile=default.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def tiny_teacher(tmp_path_factory) -> Path:
    """A two-layer BERT of 16 dimensions with 14 English words."""
    return make_teacher(tmp_path_factory.mktemp("teacher"))


@pytest.fixture
def tiny_packs(tiny_teacher, tmp_path) -> Path:
    """A pack folder with Swahili and Somali for the tiny teacher, and a language identifier."""
    return make_packs(tmp_path / "packs", tiny_teacher)


@dataclass(frozen=True)
class Installation:
    """A virtual environment with this package in it, and everything else as outside."""

    python: Path

    def run(self, *words, cwd=None, status=0, **environment):
        """Run `python words...` in a fresh process; give it back once its exit status is as expected."""
        if environment.get("PYSERINI_OPTICAL_HOOK") == "0":  # then nobody looks for a JDK
            environment["JAVA_HOME"] = str(choose_jdk().home)
        done = subprocess.run(
            [self.python, *map(str, words)],
            cwd=cwd or self.python.parent,
            env={
                **_clean_environment(),
                "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if environment.get("PYSERINI_OPTICAL_HOOK") == "0" and "URLError" in done.stderr:
            pytest.skip("this Pyserini cannot be imported without a network, unless the hook helps it")
        assert done.returncode == status, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done

    def pip(self, *words):
        """Run the outer pip on this environment; it builds with the outer setuptools, without a network."""
        flags = ["--python", str(self.python), "--disable-pip-version-check", "-q"]
        subprocess.run(
            [sys.executable, "-m", "pip", *flags, *map(str, words)],
            cwd=REPOSITORY,
            check=True,
            env=_clean_environment(),
        )


def _clean_environment():
    return {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYSERINI_OPTICAL"))}


def make_environment(folder: Path) -> Installation:
    """An environment that sees the packages of this one, but not the start-up files (`.pth`) among them."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    inner = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    outer = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(inner) / "outer.pth").write_text("\n".join(sorted(outer)) + "\n", encoding="utf-8")
    return Installation(python)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The wheel of the working tree, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.rmtree(REPOSITORY / "build", ignore_errors=True)
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), "."]
    subprocess.run([sys.executable, "-m", "pip", *words], cwd=REPOSITORY, check=True, env=_clean_environment())
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installation(tmp_path_factory, wheel) -> Installation:
    """A fresh environment into which the wheel was installed."""
    made = make_environment(tmp_path_factory.mktemp("environment"))
    made.pip("install", "--no-deps", wheel)
    return made
