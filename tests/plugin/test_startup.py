import subprocess
import sys

import pytest


def ask(code, *flags, **environment):
    done = subprocess.run(
        [sys.executable, *flags, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


ARMED = "import sys, pyserini_optical; print(sum(type(f).__name__ == 'WaitingFinder' for f in sys.meta_path))"


def test_importing_the_package_arms_once_and_loads_nothing_heavy():
    assert ask(ARMED) == "1"
    loaded = ask(
        "import sys; before = set(sys.modules); import pyserini_optical; print(*(set(sys.modules) - before))", "-S"
    )
    # What belongs to Python itself is loaded by `site` before any start-up line, except under -S.
    ours = {name for name in loaded.split() if name.split(".")[0] not in sys.stdlib_module_names}
    assert ours == {"pyserini_optical", "pyserini_optical.plugin", "pyserini_optical.plugin.startup"}


def test_the_switch():
    assert ask(ARMED, PYSERINI_OPTICAL_HOOK="0") == "0"
    assert ask(ARMED, PYSERINI_OPTICAL_HOOK="1") == "1"


def test_arming_takes_less_than_a_millisecond():
    # The least of many: what it costs when nothing else runs on the machine.
    code = """if True:
        import sys, time
        import pyserini_optical
        times = []
        for _ in range(200):
            for name in [name for name in sys.modules if name.startswith("pyserini_optical")]:
                del sys.modules[name]
            sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "WaitingFinder"]
            start = time.perf_counter()
            import pyserini_optical
            times.append(time.perf_counter() - start)
        print(min(times))
    """
    assert float(ask(code, "-S")) < 1e-3


@pytest.mark.parametrize("name", ["json.tool", "pyserini_optical.nothing", "ir_datasets_extra"])
def test_other_modules_are_left_to_others(name):
    from pyserini_optical.plugin.startup import WaitingFinder

    assert WaitingFinder().find_spec(name) is None


def test_a_watched_module_that_is_absent_stays_absent(monkeypatch):
    from pyserini_optical.plugin import startup
    from pyserini_optical.plugin.interception import intercept

    monkeypatch.setattr(startup, "WATCHED", {"no_such_module_at_all"})
    assert intercept("no_such_module_at_all") is None


def test_ir_datasets_knows_the_shipped_collection():
    code = "import pyserini_optical, ir_datasets; print(ir_datasets.load('lowres-clir').docs_count())"
    assert ask(code, HOME="/nonexistent") == "5920"
