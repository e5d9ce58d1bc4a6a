"""What each of two processes does: a run, and the same run interrupted and gone on with."""

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.recipe_files import read_recipe
from pyserini_optical.distillation.trainer import DistillationTrainer

step = DistillationTrainer.training_step
seen = []


def stop_in_the_second_run(self, *arguments, **options):
    seen.append(1)
    if len(seen) == 14:
        raise KeyboardInterrupt
    return step(self, *arguments, **options)


recipe, output = replace(read_recipe(sys.argv[1]), accumulation=1), Path(sys.argv[2])
list(distill(recipe, output / "whole"))
DistillationTrainer.training_step = stop_in_the_second_run
with suppress(KeyboardInterrupt):
    list(distill(recipe, output / "parts"))
DistillationTrainer.training_step = step
list(distill(recipe, output / "parts"))
