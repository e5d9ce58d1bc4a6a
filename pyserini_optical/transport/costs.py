"""Costs of moving a unit of mass from one token state to another."""

from collections.abc import Callable

import torch


def cosine_cost(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    r"""One minus the cosine of every pair: :math:`C_{ij} = 1 - x_i \cdot y_j / (\|x_i\| \|y_j\|)`.

    Parameters
    ----------
    rows : torch.Tensor, shape (batch, rows, d)
    columns : torch.Tensor, shape (batch, columns, d)

    Returns
    -------
    torch.Tensor, shape (batch, rows, columns)
        Between 0 and 2; 1 for a state of zeros.
    """
    rows = torch.nn.functional.normalize(rows, dim=2)
    columns = torch.nn.functional.normalize(columns, dim=2)
    return 1 - rows @ columns.transpose(1, 2)


def euclidean_cost(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    r"""Distance of every pair: :math:`C_{ij} = \|x_i - y_j\|`.

    With uniform masses, the transport cost bounds the distance between the mean-pooled vectors from above.

    Parameters
    ----------
    rows : torch.Tensor, shape (batch, rows, d)
    columns : torch.Tensor, shape (batch, columns, d)

    Returns
    -------
    torch.Tensor, shape (batch, rows, columns)
        Its gradient is zero, not NaN, where two states are equal.
    """
    # The matrix product's shortcut cancels: states that are nearly equal would come out at the wrong distance.
    return torch.cdist(rows, columns, compute_mode="donot_use_mm_for_euclid_dist")


def squared_euclidean_cost(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    r"""Squared distance of every pair: :math:`C_{ij} = \|x_i - y_j\|^2`.

    Parameters
    ----------
    rows : torch.Tensor, shape (batch, rows, d)
    columns : torch.Tensor, shape (batch, columns, d)

    Returns
    -------
    torch.Tensor, shape (batch, rows, columns)
    """
    return euclidean_cost(rows, columns).square()


COSTS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cosine": cosine_cost,
    "euclidean": euclidean_cost,
    "squared-euclidean": squared_euclidean_cost,
}
