"""A few of the kills that `python -m tests.robustness.kill --times 200` makes."""

import subprocess
import sys

from tests.conftest import REPOSITORY


def test_a_killed_writer_leaves_the_old_result_or_the_new_one():
    words = ["-m", "tests.robustness.kill", "--times", "20", "--seed", "2023"]
    done = subprocess.run([sys.executable, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stderr[-3000:]}"
    assert "20 kills: each left the old result or the new one" in done.stdout
