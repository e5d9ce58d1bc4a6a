"""The verb, on a matrix whose systems are a few lines of Python."""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyserini_optical.commands import main
from pyserini_optical.runs import read_run

ROOT = Path(__file__).parents[2]

# Ranks the relevant passage of ntrex first (good), second (poor), or says why not (broken).
SYSTEM = """
import gzip, sys
kind, topics, output = sys.argv[1:]
if kind == "copy":
    open(output, "wb").write(gzip.open(topics).read())
    sys.exit()
if kind == "broken":
    sys.exit("the index is gone")
queries = [line.split("\\t")[0] for line in open(topics, encoding="utf-8")]
with open(output, "w") as file:
    for query in queries:
        found = [query, "x", "y", "z"] if kind == "good" else ["x", query]
        file.writelines(f"{query} Q0 {name} {place} {-place} {kind}\\n" for place, name in enumerate(found, 1))
"""

MATRIX = """
collection: lowres-clir
measures: [recip_rank_cut_10, recall_100]
depth: 3
tolerance: {{ok: 0.0005, close: 0.01}}
compare_with: [poor]
sets: {{ntrex: [swa, som]}}
steps:
  index: {{makes: "${{work}}/index", command: "python -c \\"open('${{output}}', 'a').write('made')\\""}}
conditions:
  poor: {{title: Poor, needs: [index], command: "python {system} poor ${{topics}} ${{output}}"}}
  good: {{title: Good <b>, needs: [index], command: "python {system} good ${{topics}} ${{output}}"}}
  bound: {{title: Bound, topics: eng, command: "python {system} good ${{topics}} ${{output}}"}}
  copy:
    title: Copy
    optional: a copy
    after: [poor]
    command: "python {system} copy ${{runs}}/run.lowres-clir-ntrex.poor.${{language}}.txt.gz ${{output}}"
  broken: {{title: Broken, optional: it is broken, command: "python {system} broken ${{topics}} ${{output}}"}}
"""


@pytest.fixture
def reproduce(tmp_path):
    (tmp_path / "system.py").write_text(SYSTEM)
    (tmp_path / "matrix.yaml").write_text(MATRIX.format(system=tmp_path / "system.py"))

    def run(*words):
        return main(["reproduce", "--matrix", str(tmp_path / "matrix.yaml"), "--output", str(tmp_path / "out"), *words])

    return run


def test_all_runs_judges_and_reuses(reproduce, tmp_path, capsys):
    assert reproduce("--all", "--record") == 0
    first = capsys.readouterr()
    assert first.out.count("new   ") == 5
    assert "new   poor ntrex.swa recip_rank_cut_10 0.5000" in first.out
    assert first.err.count("system.py") == 5  # the English run is searched once
    assert (tmp_path / "out" / "index").read_text() == "made"
    names = sorted(path.name for path in (tmp_path / "out" / "runs").iterdir())
    assert names == [
        "run.lowres-clir-ntrex.bound.eng.txt.gz",
        "run.lowres-clir-ntrex.good.som.txt.gz",
        "run.lowres-clir-ntrex.good.swa.txt.gz",
        "run.lowres-clir-ntrex.poor.som.txt.gz",
        "run.lowres-clir-ntrex.poor.swa.txt.gz",
    ]
    run = read_run(tmp_path / "out" / "runs" / names[1])
    assert {len(ranking) for ranking in run.values()} == {3}

    assert reproduce("--all") == 0
    second = capsys.readouterr()
    assert second.out.count("OK   ") == 5
    assert "system.py" not in second.err


def test_far_scores_fail_and_near_ones_are_close(reproduce, tmp_path, capsys):
    expected = {"ntrex.swa": 0.6, "ntrex.som": 0.505}
    rows = [f"  {key}: {{recip_rank_cut_10: {score}, recall_100: 1}}\n" for key, score in expected.items()]
    (tmp_path / "expected.yaml").write_text("poor:\n" + "".join(rows))
    assert reproduce("--condition", "poor") == 1
    printed = capsys.readouterr().out
    assert "FAIL  poor ntrex.swa recip_rank_cut_10 0.5000 (expected 0.6000)" in printed
    assert "close poor ntrex.som" in printed


def test_dry_run_and_list_run_nothing(reproduce, tmp_path, capsys):
    assert reproduce("--all", "--dry-run") == 0
    assert capsys.readouterr().out.count("system.py") == 5
    assert reproduce("--list") == 0
    assert "broken              2 runs  Broken (not in --all: it is broken)" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_failures_say_which_command_and_why(reproduce, tmp_path, capsys):
    assert reproduce("--condition", "broken") == 2
    error = capsys.readouterr().err
    assert "system.py broken" in error
    assert "(the index is gone)" in error
    assert not list((tmp_path / "out").glob("runs/*"))
    assert reproduce() == 2
    assert "nothing to do: pass --list" in capsys.readouterr().err


def test_condition_on_other_runs_has_them_made_first(reproduce, tmp_path, capsys):
    assert reproduce("--condition", "copy") == 0
    assert capsys.readouterr().out.count("new   copy") == 2
    runs = tmp_path / "out" / "runs"
    poor, copy = (read_run(runs / f"run.lowres-clir-ntrex.{name}.som.txt.gz") for name in ("poor", "copy"))
    assert poor == copy


def test_report_marks_what_is_real(reproduce, tmp_path):
    assert reproduce("--all", "--report") == 0
    markdown = (tmp_path / "out" / "report.md").read_text()
    assert "| Good <b> | **1.000 p↑** | **1.000 p↑** |" in markdown
    assert "| Poor | 0.500 | 0.500 |" in markdown
    assert "| Broken | – | – |" in markdown
    assert "Scores compared with those expected: 6 new." in markdown
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Good &lt;b&gt;" in page
    assert "<b>1.000</b>" in page
    assert '<td class="first best"><details><summary><i class="new"></i><span>1.000</span><sup>p↑</sup>' in page
    assert "good eval/lowres-clir/topics/ntrex.swa.tsv reproduction/runs/run.lowres-clir-ntrex.good.swa.txt" in page
    assert "src=" not in page
    assert "http" not in page


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on PATH to look at the report with; to run this: apt-get install chromium")
    return found


def take_picture(browser, page, picture, size):
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
    ]
    done = subprocess.run(
        [*command, f"--window-size={size}", f"--screenshot={picture}", page.as_uri()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert picture.exists(), done.stderr


def test_report_is_seen_in_a_browser(reproduce, tmp_path, browser):
    import numpy as np
    from matplotlib import image

    assert reproduce("--all", "--record", "--report") == 0
    assert reproduce("--report") == 0  # the scores are expected now: the dots turn green
    page = tmp_path / "out" / "report.html"
    take_picture(browser, page, tmp_path / "closed.png", "900,700")
    closed = (image.imread(tmp_path / "closed.png")[:, :, :3] * 255).astype(int)
    assert closed.shape == (700, 900, 3)
    green, dark = np.array([0x2F, 0x9E, 0x62]), np.array([0x10, 0x18, 0x20])
    assert (np.abs(closed - green).max(axis=2) < 30).sum() > 100, "no verdicts to be seen"
    assert (np.abs(closed - dark).max(axis=2) < 3).sum() == 0, "a command is open before anybody clicked"

    opened = tmp_path / "opened.html"
    opened.write_text(page.read_text().replace("<details>", "<details open>", 1))
    take_picture(browser, opened, tmp_path / "opened.png", "900,700")
    pixels = (image.imread(tmp_path / "opened.png")[:, :, :3] * 255).astype(int)
    rows, columns = np.nonzero(np.abs(pixels - dark).max(axis=2) < 3)
    assert len(rows) > 5000, "the command does not show when its cell is opened"
    assert columns.min() > 60, "the command hides the names of the systems"


def test_shipped_matrix_lists(capsys):
    assert main(["reproduce", "--list"]) == 0
    printed = capsys.readouterr().out
    assert "bm25               40 runs" in printed
    assert "bm25-english        5 runs" in printed


def test_help_loads_nothing_heavy():
    script = (
        "import sys, pyserini_optical.commands as c, importlib, json\n"
        "[importlib.import_module(f'pyserini_optical.commands.{v}') for v in ('reproduce', 'evaluate', 'collection')]\n"
        "print(json.dumps([m for m in ('numpy', 'yaml', 'rich', 'ir_datasets', 'torch') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout) == []


def test_runs_written_are_gzip(reproduce, tmp_path):
    assert reproduce("--condition", "bound") == 0
    with gzip.open(tmp_path / "out" / "runs" / "run.lowres-clir-ntrex.bound.eng.txt.gz", "rt") as file:
        assert file.readline().split()[5] == "bound"
