"""Dual potentials: taking out of a cost what every plan must pay, and bounding the optimum from below."""

import torch

FAR = 1e150
"""The cost, in float64, where a row or a column has no mass: its kernel is exactly zero."""


def reduce_cost(cost: torch.Tensor, columns: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    r"""Make column potentials feasible and take them out of the cost (the c-transform, both ways).

    .. math:: f_i = \min_j C_{ij} - g_j, \quad g'_j = \min_i C_{ij} - f_i, \quad C'_{ij} = C_{ij} - f_i - g'_j \ge 0

    Every plan with marginals a and b pays :math:`\langle a, f \rangle + \langle b, g' \rangle`, so this bounds the
    optimum from below, and :math:`C'` has the same optimal plans as :math:`C`.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns), float64
        :data:`FAR` where a row or a column has no mass.
    columns : torch.Tensor, shape (batch, columns), float64
        :math:`g`, any numbers; zero for a column without mass.

    Returns
    -------
    reduced : torch.Tensor, shape (batch, rows, columns)
        :math:`C'`, still far where it was far.
    rows : torch.Tensor, shape (batch, rows)
        :math:`f`; zero for a row without mass.
    columns : torch.Tensor, shape (batch, columns)
        :math:`g'`; zero for a column without mass.
    """
    reduced = cost - columns.unsqueeze(1)
    rows = _without_far(reduced.amin(2))
    reduced -= rows.unsqueeze(2)
    more = _without_far(reduced.amin(1))
    reduced -= more.unsqueeze(1)
    return reduced, rows, columns + more


def _without_far(potentials: torch.Tensor) -> torch.Tensor:
    return potentials * (potentials < FAR / 2)
