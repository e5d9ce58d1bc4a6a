"""Losses that pull a student's token states towards its teacher's.

All share one signature: `forward(student: TokenStates, teacher: TokenStates) -> LossOutput`.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch

from pyserini_optical.distillation.losses.combined import TransportAndPooledLoss
from pyserini_optical.distillation.losses.greedy import GreedyAlignmentLoss
from pyserini_optical.distillation.losses.infonce import BitextInfoNceLoss
from pyserini_optical.distillation.losses.output import LossOutput, compare_states
from pyserini_optical.distillation.losses.pooled import PooledLoss, PooledMseLoss
from pyserini_optical.distillation.losses.transport import TransportLoss
from pyserini_optical.errors import OpticalError

LOSSES: dict[str, Callable[..., torch.nn.Module]] = {
    "ot+pooled": TransportAndPooledLoss,
    "ot": TransportLoss,
    "pooled": PooledLoss,
    "pooled-mse": PooledMseLoss,
    "greedy": GreedyAlignmentLoss,
    "infonce": BitextInfoNceLoss,
}

__all__ = [
    "LOSSES",
    "BitextInfoNceLoss",
    "GreedyAlignmentLoss",
    "LossOutput",
    "PooledLoss",
    "PooledMseLoss",
    "TransportAndPooledLoss",
    "TransportLoss",
    "compare_states",
    "make_loss",
    "pooling_option",
]


def make_loss(name: str, **options: Any) -> torch.nn.Module:
    """Make a loss by its name in a recipe.

    Parameters
    ----------
    name : {"ot+pooled", "ot", "pooled", "pooled-mse", "greedy", "infonce"}
    **options
        Options of the loss, such as `pooled_weight=2.0`.

    Raises
    ------
    OpticalError
        The loss, or an option, is unknown.
    """
    if name not in LOSSES:
        raise OpticalError(f"loss {name!r} is unknown; choose one of {', '.join(LOSSES)}")
    try:
        return LOSSES[name](**options)
    except TypeError as error:
        raise OpticalError(f"loss {name!r} does not accept {options} ({error}); fix loss_options") from error


def pooling_option(name: str, pooling: str) -> dict[str, str]:
    """Give the pooling option to a loss that compares pooled vectors.

    Parameters
    ----------
    name : str
        See :func:`make_loss`.
    pooling : {"mean", "cls"}

    Returns
    -------
    dict
        Options for :func:`make_loss`; empty for a loss of tokens only, or an unknown one.
    """
    takes = name in LOSSES and "pooling" in inspect.signature(LOSSES[name]).parameters
    return {"pooling": pooling} if takes else {}
