"""Two processes under `torchrun`, each with half of every step's pairs, against one that accumulates both halves."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.recipe_files import write_recipe

SCRIPT = Path(__file__).parent / "two_ranks.py"
TOLERANCE = 1e-5
"""Of a weight, after two runs of eight steps of AdamW at rate .02: the halves are summed in another order."""


def test_two_ranks_agree_with_one_and_resume(recipe, tmp_path):
    recipe = replace(recipe, form="student", accumulation=2, frozen="none", layer_lr=1e-3, runs=2, subword_dropout=0.2)
    write_recipe(tmp_path / "recipe.yaml", recipe)
    list(distill(recipe, tmp_path / "one"))
    root = str(SCRIPT.parents[2])
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(SCRIPT)]
    done = subprocess.run(
        [*command, str(tmp_path / "recipe.yaml"), str(tmp_path)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": root, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    one, whole, parts = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "whole", "parts"))
    for name in one:
        np.testing.assert_allclose(whole[name], one[name], atol=TOLERANCE, err_msg=name)
        assert np.array_equal(whole[name], parts[name]), name
