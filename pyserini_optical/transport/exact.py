"""Exact transport by the network simplex method, through POT."""

import numpy as np
import torch

from pyserini_optical.transport.plan import TransportPlan, measure_plan


def solve_exact(
    cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor, max_pivots: int = 1_000_000
) -> TransportPlan:
    """Solve each problem exactly with `ot.emd`, one after the other, on the CPU.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)
    max_pivots : int
        Limit of the simplex method.

    Returns
    -------
    TransportPlan
        On the device of `cost`.

    References
    ----------
    .. [1] Bonneel, van de Panne, Paris, Heidrich. "Displacement interpolation using Lagrangian mass transport."
       ACM Transactions on Graphics 30(6), 2011.
    """
    import ot

    costs, sources, targets = (each.detach().cpu().double().numpy() for each in (cost, row_mass, column_mass))
    plans = np.zeros_like(costs)
    for plan, problem, source, target in zip(plans, costs, sources, targets, strict=True):
        rows, columns = source.nonzero()[0], target.nonzero()[0]
        used = problem[np.ix_(rows, columns)]
        plan[np.ix_(rows, columns)] = ot.emd(
            a=source[rows] / source.sum(),
            b=target[columns] / target.sum(),
            M=used - used.min(),  # POT calls a problem of negative costs infeasible, and gives a plan of zeros
            numItermax=max_pivots,
        )
    plan = torch.as_tensor(plans, dtype=cost.dtype, device=cost.device)
    return measure_plan(plan, cost, row_mass, column_mass, steps=0)
