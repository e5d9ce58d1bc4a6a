"""The result of a transport solver."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class TransportPlan:
    r"""The solutions of a batch of optimal transport problems.

    Parameters
    ----------
    plan : torch.Tensor, shape (batch, rows, columns)
        The mass moved from each row to each column; zero where either has no mass.
    cost : torch.Tensor, shape (batch,)
        The objective, :math:`\langle T, C \rangle`, in the cost's unit.
    marginal_error : torch.Tensor, shape (batch,)
        The mass out of place: :math:`\|T 1 - a\|_1 + \|T^\top 1 - b\|_1`.
    steps : int
        Iterations of the solver; 0 for an exact one.
    """

    plan: torch.Tensor
    cost: torch.Tensor
    marginal_error: torch.Tensor
    steps: int


def measure_plan(
    plan: torch.Tensor, cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor, steps: int
) -> TransportPlan:
    """Compute the objective and the marginal error of a plan.

    Parameters
    ----------
    plan, cost : torch.Tensor, shape (batch, rows, columns)
        Entries where a row or a column has no mass are ignored.
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)
    steps : int
        Iterations that led to the plan.
    """
    error = (plan.sum(2) - row_mass).abs().sum(1) + (plan.sum(1) - column_mass).abs().sum(1)
    cost = cost.masked_fill(plan == 0, 0)  # what lies in padding may not be finite
    return TransportPlan(plan, multiply_inner(plan, cost), error, steps)


def multiply_inner(plan: torch.Tensor, cost: torch.Tensor) -> torch.Tensor:
    r"""Compute the Frobenius inner products :math:`\langle T, C \rangle` of a batch, without a matrix of products.

    Parameters
    ----------
    plan, cost : torch.Tensor, shape (batch, rows, columns)

    Returns
    -------
    torch.Tensor, shape (batch,)
    """
    return torch.bmm(plan.flatten(1).unsqueeze(1), cost.flatten(1).unsqueeze(2)).flatten()


def find_used(row_mass: torch.Tensor, column_mass: torch.Tensor) -> torch.Tensor:
    """Tell the cells between which mass can move from padding.

    Parameters
    ----------
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)

    Returns
    -------
    torch.Tensor, shape (batch, rows, columns), bool
        Whether both the row and the column have mass.
    """
    return (row_mass > 0).unsqueeze(2) & (column_mass > 0).unsqueeze(1)
