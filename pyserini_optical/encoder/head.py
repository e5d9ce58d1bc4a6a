"""The head that maps a model's states to index vectors: a linear layer, in some teachers with a layer norm.

A student stores it as sentence-transformers does, in `2_Dense` and `3_LayerNorm`, so that both can load it. Stock
Pyserini's `AutoQueryEncoder` ignores it: such a student needs this package's encoder.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from pyserini_optical.encoder.module_reading import read_modules, read_settings
from pyserini_optical.encoder.weights import find_weights, list_tensors, read_tensors
from pyserini_optical.errors import OpticalError

DENSE, NORM = "2_Dense", "3_LayerNorm"
WEIGHTS = "model.safetensors"
# ANCE, CosDPR and DPR keep theirs with the layers: the names of the linear layer and of the norm.
TEACHER_HEADS = {"embeddingHead": "norm", "linear": None, "question_encoder.encode_proj": None}


class Head(torch.nn.Module):
    """A linear layer, optionally followed by a layer norm.

    Parameters
    ----------
    width : int
        Size of a state.
    dimension : int
        Size of a vector.
    norm : bool
        Whether a layer norm follows.
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
        A Hugging Face or sentence-transformers folder.

    Returns
    -------
    Head or None
        None if the states are the vectors. Consecutive linear layers are merged into one.

    Raises
    ------
    OpticalError
        A dense module is not an affine map, so that it does not commute with the mean.
    """
    folder = Path(folder)
    reading = read_modules(folder)
    dense, norm = reading.dense, reading.norm
    if not dense and (folder / DENSE).is_dir():  # a student with a template, which modules cannot express
        dense, norm = (folder / DENSE,), folder / NORM if (folder / NORM).is_dir() else None
    if dense:
        weight, bias = _join([_read_linear(path) for path in dense])
        return _make(weight, bias, None if norm is None else read_tensors(find_weights(norm)), "norm.")
    weights = find_weights(reading.layers)
    names = list_tensors(weights)
    for linear, behind in TEACHER_HEADS.items():
        if f"{linear}.weight" in names:
            tensors = read_tensors(weights, [name for name in names if name.startswith((f"{linear}.", f"{behind}."))])
            bias = tensors.get(f"{linear}.bias", torch.zeros(len(tensors[f"{linear}.weight"])))
            return _make(tensors[f"{linear}.weight"], bias, tensors if behind else None, f"{behind}.")
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


def _read_linear(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    settings = read_settings(folder / "config.json")
    activation = settings.get("activation_function", "torch.nn.modules.activation.Tanh")
    if not activation.endswith("Identity"):
        raise OpticalError(f"{folder}: its activation is {activation}; only a linear map can be used")
    places = {settings.get(key) or "sentence_embedding" for key in ("module_input_name", "module_output_name")}
    if settings.get("use_residual") or places != {"sentence_embedding"}:
        raise OpticalError(
            f"{folder}: has a residual connection, or maps something other than the pooled vector; choose another "
            "teacher"
        )
    tensors = read_tensors(find_weights(folder))
    weight = tensors["linear.weight"]
    return weight, tensors.get("linear.bias", torch.zeros(len(weight)))


def _join(layers: list[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    weight, bias = layers[0]
    for next_weight, next_bias in layers[1:]:
        weight, bias = next_weight.double() @ weight.double(), next_weight.double() @ bias.double() + next_bias
    return weight.float(), bias.float()


def _make(weight: torch.Tensor, bias: torch.Tensor, norm: dict[str, torch.Tensor] | None, prefix: str) -> Head:
    dimension, width = weight.shape
    head = Head(width, dimension, norm=norm is not None)
    state = {"linear.weight": weight, "linear.bias": bias}
    if norm is not None:
        state |= {f"norm.{kind}": norm[f"{prefix}{kind}"] for kind in ("weight", "bias")}
    head.load_state_dict(state)
    return head.requires_grad_(False).eval()
