"""The folder of a run: its checkpoints and a fingerprint of its inputs, so that no run resumes from another."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from pyserini_optical.bitext import Bitext
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.recipe_files import write_recipe
from pyserini_optical.distillation.setup import Setup
from pyserini_optical.distillation.start import WARM
from pyserini_optical.encoder.teacher import checksum_weights, teacher_folder
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_object, write_file, write_json

RECIPE = "recipe.yaml"
BUDGET = "budget.json"
STATE = "run.json"
DAMAGED = "start the run over, with --overwrite"

_BY_CONTENT = ("bitext", "english", "foreign", "on_error", "check_script", "teacher", "start")
_WITHOUT_EFFECT = ("report_to", "bad_steps")


def take_fingerprint(
    recipe: Recipe, setup: Setup, bitext: Mapping[str, Bitext], minutes: float | None
) -> dict[str, Any]:
    """Record everything that determines the final weights of a run; files by content, not by location.

    Returns
    -------
    dict of str to object
        Serialisable as JSON.
    """
    content: dict[str, Any] = {f"bitext of {language}": each.fingerprint for language, each in bitext.items()}
    content["teacher"] = [checksum_weights(setup.teacher.home), _checksum_tokenizer(setup.teacher.tokenizer)]
    content["start"] = recipe.start if recipe.start == WARM else checksum_weights(teacher_folder(recipe.start))
    content["tokenizer"] = _checksum_tokenizer(setup.tokenizer)
    settings = {name: value for name, value in asdict(recipe).items() if name not in (*_BY_CONTENT, *_WITHOUT_EFFECT)}
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    found: dict[str, Any] = json.loads(json.dumps(content | settings | {"minutes": minutes, "processes": processes}))
    return found


def _checksum_tokenizer(tokenizer: Any) -> str:
    return sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest()


def is_unfinished(folder: Path) -> bool:
    """Whether a folder belongs to a run that was interrupted before its student was written."""
    state = _read_state(folder)
    return state is not None and not state["finished"]


def claim_folder(folder: Path, fingerprint: Mapping[str, Any], recipe: Recipe, overwrite: bool) -> bool:
    """Claim a folder for a run: create it, or check that its content has the same fingerprint.

    Parameters
    ----------
    fingerprint : mapping
        See :func:`take_fingerprint`.
    recipe : Recipe
        Recipe, kept in the folder for reference.
    overwrite : bool
        Start afresh if the folder belongs to a finished run or to another one. An interrupted run is resumed.

    Returns
    -------
    bool
        Whether an interrupted run is resumed.

    Raises
    ------
    OpticalError
        The folder belongs to a run with another fingerprint, and `overwrite` is false.
    """
    state = _read_state(folder)
    if state is not None and state["fingerprint"] == fingerprint and not (overwrite and state["finished"]):
        return not state["finished"]
    if folder.exists():
        if not overwrite:
            raise OpticalError(
                f"{folder}: holds checkpoints of another run ({_name_changes(state, fingerprint)}); pass --overwrite "
                "to start over, or name another output"
            )
        shutil.rmtree(folder)
    write_recipe(folder / RECIPE, recipe)
    _write_state(folder, fingerprint, finished=False)
    return False


def finish_run(folder: Path, fingerprint: Mapping[str, Any]) -> None:
    """Note that a run's student is written."""
    _write_state(folder, fingerprint, finished=True)


def keep_budget(folder: Path, minutes: float, seconds_per_step: float, runs: int) -> int:
    """Convert a time budget to a number of steps, and record it.

    Parameters
    ----------
    runs : int
        Number of runs that share the time.

    Returns
    -------
    int
        Steps of a run, at least 1.
    """
    steps = max(1, int(minutes * 60 / seconds_per_step / runs))
    with write_file(folder / BUDGET) as file:
        json.dump({"minutes": minutes, "seconds_per_step": round(seconds_per_step, 3), "steps": steps}, file)
    return steps


def read_budget(folder: Path) -> int | None:
    """The number of steps that a run started with; None if it has not started."""
    if not (folder / BUDGET).is_file():
        return None
    return int(read_object(folder / BUDGET, DAMAGED)["steps"])


def _read_state(folder: Path) -> dict[str, Any] | None:
    if not (folder / STATE).is_file():
        return None
    return read_object(folder / STATE, DAMAGED)


def _write_state(folder: Path, fingerprint: Mapping[str, Any], finished: bool) -> None:
    write_json(folder / STATE, {"finished": finished, "fingerprint": dict(fingerprint)}, overwrite=True)


def _name_changes(state: Mapping[str, Any] | None, fingerprint: Mapping[str, Any]) -> str:
    if state is None:
        return "they do not record their settings"
    before = state["fingerprint"]
    changed = sorted(name for name in {*before, *fingerprint} if before.get(name) != fingerprint.get(name))
    return f"with different {', '.join(changed)}"
