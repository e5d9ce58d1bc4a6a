import os
import subprocess
import sys

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import java


def make_jdk(home, version="21.0.4", modules="java.base jdk.incubator.vector", libjvm=True):
    (home / "bin").mkdir(parents=True)
    program = home / "bin" / "java"
    program.write_text("#!/bin/sh\necho java.base@21\n", encoding="utf-8")
    program.chmod(0o755)
    lines = [f'JAVA_VERSION="{version}"'] + ([f'MODULES="{modules}"'] if modules is not None else [])
    (home / "release").write_text("\n".join(lines), encoding="utf-8")
    if libjvm:
        (home / "lib" / "server").mkdir(parents=True)
        (home / "lib" / "server" / "libjvm.so").touch()
    return home


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without any Java: its usual folder is `jvm`, its PATH is `bin`."""
    monkeypatch.setenv("JAVA_HOME", "")  # so that what a test leaves there is undone
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.delenv("JVM_PATH", raising=False)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/bin")
    monkeypatch.setattr(java.shutil, "which", lambda name: next(iter(map(str, (tmp_path / "bin").glob(name))), None))
    monkeypatch.setattr(java, "USUAL_FOLDERS", (str(tmp_path / "jvm" / "*"),))
    return tmp_path


def test_java_home_comes_first_if_it_fits(machine, monkeypatch):
    make_jdk(machine / "jvm" / "a")
    monkeypatch.setenv("JAVA_HOME", str(make_jdk(machine / "mine", "24")))
    java.prepare_java()
    assert os.environ["JAVA_HOME"] == str(machine / "mine")


def test_path_comes_before_the_usual_folders(machine):
    make_jdk(machine / "jvm" / "a")
    home = make_jdk(machine / "on-path")
    (machine / "bin" / "java").symlink_to(home / "bin" / "java")
    assert java.choose_jdk().home == home
    assert java.choose_jdk().found_by == "PATH"


def test_one_that_does_not_fit_is_passed_over(machine, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(make_jdk(machine / "old", "17.0.15")))
    make_jdk(machine / "jvm" / "a-jre", modules="java.base")
    make_jdk(machine / "jvm" / "b-headless", libjvm=False)
    good = make_jdk(machine / "jvm" / "c", "21")
    assert java.choose_jdk().home == good


def test_when_none_fits_every_one_is_named_with_its_fault(machine, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(machine / "gone"))
    make_jdk(machine / "jvm" / "a", "1.8.0_402")
    make_jdk(machine / "jvm" / "b", "25-ea", modules="java.base")
    make_jdk(machine / "jvm" / "c", libjvm=False)
    make_jdk(machine / "jvm" / "d", modules=None)  # its own `java --list-modules` is asked, and has no vector module
    with pytest.raises(OpticalError) as caught:
        java.choose_jdk()
    message = str(caught.value)
    for words in (
        "gone (JAVA_HOME): holds no bin/java",
        "a (usual folder): Java 8, too old",
        "b (usual folder): Java 25, without the module jdk.incubator.vector",
        "c (usual folder): Java 21, without lib/server/libjvm",
        "d (usual folder): Java 21, without the module",
        "openjdk-21-jdk",
    ):
        assert words in message
    assert "\n" not in message


def test_no_java_at_all(machine):
    with pytest.raises(OpticalError, match="no Java at all"):
        java.prepare_java()
    java.suggest_java()
    assert "JAVA_HOME" not in os.environ


def test_jvm_path_settles_the_matter(machine, monkeypatch):
    monkeypatch.setenv("JVM_PATH", "/somewhere/libjvm.so")
    java.prepare_java()
    assert "JAVA_HOME" not in os.environ


def test_a_machine_that_another_library_started_is_named(machine, monkeypatch):
    """Pyjnius swallows that it cannot be given Pyserini's classes any more, and a class is missing later."""
    from types import SimpleNamespace

    make_jdk(machine / "jvm" / "a")
    for classpath, foreign in ((["/x/terrier.jar"], True), ([], True), (["/x/anserini-1.7.1-fatjar.jar"], False)):
        running = SimpleNamespace(vm_running=True, get_classpath=lambda classpath=classpath: classpath)
        monkeypatch.setitem(sys.modules, "jnius_config", running)
        if foreign:
            with pytest.raises(OpticalError, match="another library has started Java"):
                java.prepare_java()
        else:
            java.prepare_java()


def test_java_takes_little_unless_told_otherwise(monkeypatch):
    from types import SimpleNamespace

    options = []
    config = SimpleNamespace(vm_running=False, add_options=lambda *given: options.extend(given))
    monkeypatch.setitem(sys.modules, "jnius_config", config)
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx4g")
    java.spare_memory()
    monkeypatch.delenv("JAVA_TOOL_OPTIONS")
    config.vm_running = True
    java.spare_memory()
    assert options == []
    config.vm_running = False
    java.spare_memory()
    assert options == ["-Xmx512m", "-XX:+UseSerialGC"]


def test_ctrl_c_reaches_python_while_java_runs():
    asked = (
        "import os, signal\n"
        "from pyserini_optical.plugin.java import prepare_java\n"
        "prepare_java()\n"
        "from pyserini.pyclass import autoclass\n"
        "autoclass('java.lang.String')\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    signal.pause()\n"
        "except KeyboardInterrupt:\n"
        "    print('tidied up')\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "tidied up\n"), done.stderr
