"""Refusing a batch of transport problems that no solver could answer."""

import torch

from pyserini_optical.errors import OpticalError
from pyserini_optical.transport.plan import find_used

MASS_TOLERANCE = 1e-3


def check_problems(cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor) -> None:
    """Refuse costs and masses that are not transport problems.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
        What it holds where a row or a column has no mass is not looked at.
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)

    Raises
    ------
    OpticalError
        Shapes do not fit, a cost is not finite, or masses are negative or do not add up to one. The message names
        the first such problem of the batch.
    """
    if cost.ndim != 3:
        raise OpticalError(f"cost has shape {tuple(cost.shape)}; (batch, rows, columns) is needed")
    for name, mass, shape in (("row", row_mass, cost.shape[:2]), ("column", column_mass, cost.shape[::2])):
        if mass.shape != shape:
            raise OpticalError(
                f"{name}_mass has shape {tuple(mass.shape)}; cost of {tuple(cost.shape)} needs {tuple(shape)}"
            )
        _refuse((mass < 0).any(1), f"a {name} of negative mass; masses must not be negative")
        wrong = ~((mass.double().sum(1) - 1).abs() <= MASS_TOLERANCE)  # so that NaN is wrong too
        _refuse(wrong, f"{name} masses that do not add up to 1; divide them by their sum")
    if not cost.sum().isfinite():  # a quick look; what lies in padding may be the reason
        wrong = ~cost.isfinite() & find_used(row_mass, column_mass)
        _refuse(wrong.any(2).any(1), "a cost that is not finite; look for NaN in the states")


def _refuse(wrong: torch.Tensor, what: str) -> None:
    if wrong.any():
        raise OpticalError(f"problem {int(wrong.nonzero()[0])} of {len(wrong)} has {what}")
