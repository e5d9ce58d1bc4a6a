"""The linear layers between a model's states and its token vectors."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from pyserini_optical.encoder.weights import find_weights
from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.layouts import read_json

_ACTIVATIONS = {
    "Identity": torch.nn.Identity,
    "GELU": torch.nn.GELU,
    "ReLU": torch.nn.ReLU,
    "SiLU": torch.nn.SiLU,
    "Tanh": torch.nn.Tanh,
}


class Projection(torch.nn.Module):
    """One layer: an affine map, an activation, and in some PyLate checkpoints a residual path around them.

    Parameters
    ----------
    weight : torch.Tensor, shape (d_out, d_in)
    bias : torch.Tensor, shape (d_out,), optional
    residual : torch.Tensor, shape (d_out, d_in), optional
        The map of the residual path; where the sizes agree the path is the identity.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    residual: torch.Tensor | None

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        activation: torch.nn.Module,
        residual: torch.Tensor | None,
        has_residual: bool,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.register_buffer("residual", residual)
        self.activation = activation
        self.has_residual = has_residual

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map states (..., d_in) to (..., d_out)."""
        projected = self.activation(torch.nn.functional.linear(states, self.weight, self.bias))
        if not self.has_residual:
            return projected
        return projected + (states if self.residual is None else torch.nn.functional.linear(states, self.residual))


def load_projections(paths: Sequence[Path]) -> torch.nn.Sequential:
    """Load the projections of a checkpoint, in order.

    Parameters
    ----------
    paths : sequence of Path
        Safetensors files that hold `linear.weight`; none gives the identity.

    Raises
    ------
    OpticalError
        A file is missing, damaged, only there pickled, or its activation is unknown.
    """
    return torch.nn.Sequential(*(_load_projection(path) for path in paths))


def _load_projection(path: Path) -> Projection:
    find_weights(path.parent)
    try:
        with safe_open(path, framework="pt") as tensors:
            held = set(tensors.keys())
            if "linear.weight" not in held:
                raise OpticalError(f"{path}: holds no projection (linear.weight); fetch the model again")
            weight = tensors.get_tensor("linear.weight").float()
            bias, residual = (
                tensors.get_tensor(name).float() if name in held else None
                for name in ("linear.bias", "residual.weight")
            )
    except (OSError, SafetensorError) as error:
        raise OpticalError(f"{path}: cannot be read ({error}); fetch the model again") from error
    settings = read_json(path.parent / "config.json")
    activation = settings.get("activation_function", "torch.nn.modules.linear.Identity").rsplit(".", 1)[-1]
    if activation not in _ACTIVATIONS:
        raise OpticalError(f"{path.parent}: activation {activation} is unknown; known are {', '.join(_ACTIVATIONS)}")
    return Projection(weight, bias, _ACTIVATIONS[activation](), residual, bool(settings.get("use_residual", False)))
