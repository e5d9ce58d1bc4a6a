"""What maps a model's states to vectors of the index: a linear layer, and in some teachers a layer norm after it.

A student keeps it as sentence-transformers does, in `2_Dense` and `3_LayerNorm`, so that both load it. Stock Pyserini's
`AutoQueryEncoder` knows nothing of it: such a student is searched with this package's encoder.
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from pyserini_optical.encoder.checkpoint import find_weights
from pyserini_optical.errors import OpticalError

DENSE, NORM = "2_Dense", "3_LayerNorm"
WEIGHTS = "model.safetensors"
# ANCE, CosDPR and DPR keep theirs beside the layers: the names of the linear layer and of the norm.
TEACHER_HEADS = {"embeddingHead": "norm", "linear": None, "question_encoder.encode_proj": None}


class Head(torch.nn.Module):
    """A linear layer, and a layer norm if there is one.

    Parameters
    ----------
    width : int
        Size of a state.
    dimension : int
        Size of a vector.
    norm : bool
        A layer norm follows.
    """

    def __init__(self, width: int, dimension: int, norm: bool = False) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(width, dimension)
        self.norm = torch.nn.LayerNorm(dimension) if norm else None

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map states (..., width) to (..., dimension)."""
        mapped: torch.Tensor = self.linear(states)
        return mapped if self.norm is None else self.norm(mapped)


def load_head(folder: str | Path) -> Head | None:
    """Load the head of a student or a teacher.

    Parameters
    ----------
    folder : str or Path
        A Hugging Face folder.

    Returns
    -------
    Head or None
        None if the states are the vectors.

    Raises
    ------
    OpticalError
        There is a dense module that is not an affine map: it would not commute with the mean.
    """
    folder = Path(folder)
    if (folder / DENSE).is_dir():
        return _load_modules(folder)
    weights = find_weights(folder)
    if weights.suffix != ".safetensors":
        return None
    with safe_open(weights, framework="pt") as tensors:
        names = set(tensors.keys())
        for linear, norm in TEACHER_HEADS.items():
            if f"{linear}.weight" in names:
                parts = {"linear": linear} | ({"norm": norm} if norm else {})
                return _make(parts, {name: tensors.get_tensor(name).float() for name in names & _names(parts)})
    return None


def save_head(folder: Path, head: Head) -> None:
    """Write a head as sentence-transformers' modules."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in head.state_dict().items()}
    dimension, width = head.linear.weight.shape
    settings = {
        DENSE: {
            "in_features": width,
            "out_features": dimension,
            "bias": True,
            "activation_function": "torch.nn.modules.linear.Identity",
        },
        NORM: {"dimension": dimension},
    }
    for name, prefix in ((DENSE, "linear."), (NORM, "norm.")):
        own = {key: tensor for key, tensor in tensors.items() if key.startswith(prefix)}
        if own:
            (folder / name).mkdir()
            (folder / name / "config.json").write_text(json.dumps(settings[name], indent=2), encoding="utf-8")
            save_file(own, folder / name / WEIGHTS)


def _load_modules(folder: Path) -> Head:
    settings = json.loads((folder / DENSE / "config.json").read_text(encoding="utf-8"))
    activation = settings.get("activation_function", "torch.nn.modules.activation.Tanh")
    if not activation.endswith("Identity"):
        raise OpticalError(f"{folder / DENSE}: its activation is {activation}; only a linear map can be used")
    tensors = load_file(find_weights(folder / DENSE))
    if (folder / NORM).is_dir():
        tensors |= load_file(find_weights(folder / NORM))
    parts = {name: name for name in ("linear", "norm") if f"{name}.weight" in tensors}
    return _make(parts, tensors)


def _names(parts: dict[str, str]) -> set[str]:
    return {f"{name}.{kind}" for name in parts.values() for kind in ("weight", "bias")}


def _make(parts: dict[str, str], tensors: dict[str, torch.Tensor]) -> Head:
    dimension, width = tensors[f"{parts['linear']}.weight"].shape
    head = Head(width, dimension, norm="norm" in parts)
    tensors.setdefault(f"{parts['linear']}.bias", torch.zeros(dimension))
    head.load_state_dict(
        {f"{own}.{kind}": tensors[f"{name}.{kind}"] for own, name in parts.items() for kind in ("weight", "bias")}
    )
    return head.requires_grad_(False).eval()
