"""Moving a nearly feasible plan onto its marginals."""

import torch

_TINY = 1e-300


def round_plan(plan: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor) -> torch.Tensor:
    """Make a plan's marginals exact: scale down what is too much, then spread what is missing.

    Parameters
    ----------
    plan : torch.Tensor, shape (batch, rows, columns), float64
        Not negative.
    row_mass : torch.Tensor, shape (batch, rows), float64
    column_mass : torch.Tensor, shape (batch, columns), float64
        Of the same total as `row_mass`.

    Returns
    -------
    torch.Tensor, shape (batch, rows, columns)
        No mass where a row or a column has none.

    References
    ----------
    .. [1] Altschuler, Weed, Rigollet. "Near-linear time approximation algorithms for optimal transport via Sinkhorn
       iteration." NIPS 2017, algorithm 2.
    """
    plan = plan * (row_mass / plan.sum(2).clamp_min(_TINY)).clamp_max(1).unsqueeze(2)
    plan *= (column_mass / plan.sum(1).clamp_min(_TINY)).clamp_max(1).unsqueeze(1)
    rows = (row_mass - plan.sum(2)).clamp_min(0)
    columns = (column_mass - plan.sum(1)).clamp_min(0)
    total = rows.sum(1).clamp_min(_TINY)
    return plan.baddbmm_((rows / total.unsqueeze(1)).unsqueeze(2), columns.unsqueeze(1))
