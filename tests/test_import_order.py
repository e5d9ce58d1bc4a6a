"""Imports run one way, what a searching user loads trains nothing, and no two modules import each other."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pyserini_optical

PACKAGE = Path(pyserini_optical.__file__).parent

# CONTRIBUTING.md says the same. A part imports those of earlier lines alone.
ORDER = """
errors
files languages lazy shipped
runs topics qrels bitext
lexicon transport
encoder collections
plugin
distillation psq fusion late_interaction
evaluation sharing doctor
searcher
serving
commands
"""
RANK = {part: rank for rank, line in enumerate(ORDER.strip().splitlines()) for part in line.split()}
SEARCHING = (
    "encoder.query",
    "encoder.document",
    "psq",
    "fusion",
    "late_interaction",
    "plugin.interception",
    "searcher",
    "serving",
)
TRAINING = (
    "distillation",
    "transport",
    "bitext.read",
    "bitext.cleaning",
    "lexicon.learn",
    "lexicon.ibm1",
    "evaluation",
)


def name_module(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_module(path): path for path in PACKAGE.rglob("*.py")}


def find_imports(source):
    """Modules of the package that a source imports, within functions and for the type checker too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pyserini_optical"):
            inner = node.module.removeprefix("pyserini_optical").removeprefix(".")
            full = [f"{inner}.{alias.name}".removeprefix(".") for alias in node.names]
            found |= {name if name in MODULES else inner for name in full}
        elif isinstance(node, ast.Import):
            names = [alias.name.removeprefix("pyserini_optical.") for alias in node.names]
            found |= {name for name in names if name in MODULES}
    return found - {""}  # the version number stands at the top


def find_faults(module, source):
    """Imports of a module that run against the order."""
    part = module.partition(".")[0]
    others = {name for name in find_imports(source) if name.partition(".")[0] != part}
    return sorted(name for name in others if RANK[name.partition(".")[0]] >= RANK[part])


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"", "__main__"}))
def test_imports_run_one_way(module):
    assert find_faults(module, MODULES[module].read_text(encoding="utf-8")) == []


def test_an_import_against_the_order_is_found():
    source = MODULES["encoder.query"].read_text(encoding="utf-8")
    assert find_faults("encoder.query", source) == []
    statement = "from pyserini_optical.distillation import recipe"
    assert find_faults("encoder.query", f"{source}\n{statement}\n") == ["distillation.recipe"]
    assert find_faults("encoder.query", f"def late():\n    {statement}\n") == ["distillation.recipe"]
    assert find_faults("encoder.query", "import pyserini_optical.distillation.recipe") == ["distillation.recipe"]
    assert find_faults("psq.searcher", "from pyserini_optical import fusion") == ["fusion"]


def test_no_two_modules_import_each_other():
    # The start-up hook loads the rest of the plug-in when a module is imported that it waits for: no arrow.
    graph = {
        name: find_imports(path.read_text(encoding="utf-8")) - {name}
        for name, path in MODULES.items()
        if name not in ("", "plugin.startup")
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_contributing_draws_the_same_order():
    page = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    drawn = page.partition("```text\n")[2].partition("```")[0]
    lines = [line.removeprefix("->").replace(",", " ").split() for line in drawn.strip().splitlines()]
    assert lines == [line.split() for line in ORDER.strip().splitlines()]


def test_what_a_search_loads_trains_nothing():
    program = "import importlib, sys\n" + "".join(
        f"importlib.import_module('pyserini_optical.{name}')\n" for name in SEARCHING
    )
    program += "print(*(n.removeprefix('pyserini_optical.') for n in sys.modules if n.startswith('pyserini_optical.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert [name for name in loaded if any(f"{name}.".startswith(f"{part}.") for part in TRAINING)] == []
