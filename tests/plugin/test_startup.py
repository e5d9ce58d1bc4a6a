import subprocess
import sys

import pytest


def ask(code, *flags, **environment):
    done = subprocess.run(
        [sys.executable, *flags, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


ARMED = "import sys, pyserini_optical; print(sum(type(f).__name__ == 'WaitingFinder' for f in sys.meta_path))"


def test_importing_the_package_arms_once_and_loads_nothing_that_python_has_not_loaded():
    assert ask(ARMED) == "1"
    # Every start of Python has loaded `os` by the time of a start-up line, except under -S.
    loaded = "import sys; before = set(sys.modules); import {}; print(*(set(sys.modules) - before))"
    ours = set(ask(loaded.format("pyserini_optical"), "-S").split())
    pythons = set(ask(loaded.format("os"), "-S").split())
    assert ours - pythons == {"pyserini_optical", "pyserini_optical.plugin", "pyserini_optical.plugin.startup"}


def test_the_switch():
    assert ask(ARMED, PYSERINI_OPTICAL_HOOK="0") == "0"
    assert ask(ARMED, PYSERINI_OPTICAL_HOOK="1") == "1"


@pytest.mark.parametrize("name", ["json.tool", "pyserini_optical.nothing", "ir_datasets_extra"])
def test_other_modules_are_left_to_others(name):
    from pyserini_optical.plugin.startup import WaitingFinder

    assert WaitingFinder().find_spec(name) is None


def test_a_watched_module_that_is_absent_stays_absent(monkeypatch):
    from pyserini_optical.plugin import startup
    from pyserini_optical.plugin.interception import intercept

    monkeypatch.setattr(startup, "WATCHED", {"no_such_module_at_all"})
    assert intercept("no_such_module_at_all") is None


def test_what_is_watched_is_what_something_is_done_with():
    from pyserini_optical.plugin.interception import list_after, list_before
    from pyserini_optical.plugin.startup import WATCHED

    assert {*list_before(None), *list_after(None), "pyserini.search.__main__"} == WATCHED  # the last one is replaced


def test_ir_datasets_knows_the_shipped_collection():
    code = "import pyserini_optical, ir_datasets; print(ir_datasets.load('lowres-clir').docs_count())"
    assert ask(code, HOME="/nonexistent") == "5920"
