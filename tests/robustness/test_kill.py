"""A few of the kills that `python tests/robustness/kill.py --times 200` makes."""

import random
import subprocess
import sys
from pathlib import Path


def test_a_killed_writer_leaves_the_old_result_or_the_new_one():
    words = [Path(__file__).with_name("kill.py"), "--times", "20", "--seed", str(random.randrange(10**6))]
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stderr[-3000:]}"
    assert "20 kills: each left the old result or the new one" in done.stdout
