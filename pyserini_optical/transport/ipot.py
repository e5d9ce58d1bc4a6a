"""The inexact proximal point method for optimal transport (IPOT)."""

import torch

from pyserini_optical.transport.plan import TransportPlan, measure_plan


TRAINING_OPTIONS = {"steps": 30}


def solve_ipot(
    cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor, beta: float = 0.5, steps: int = 200
) -> TransportPlan:
    """First version."""
    unused = (row_mass == 0).unsqueeze(2) | (column_mass == 0).unsqueeze(1)
    costs = cost.double().masked_fill(unused, 0)
    rows, columns = row_mass.double(), column_mass.double()
    scale = (costs * rows.unsqueeze(2) * columns.unsqueeze(1)).sum((1, 2), keepdim=True).clamp_min(1e-12)
    kernel = (-costs / (beta * scale)).exp().masked_fill(unused, 0)
    plan = (~unused).double()
    b = (column_mass > 0).double() / columns.shape[1]
    for _ in range(steps):
        plan = plan * kernel
        a = rows / (plan @ b.unsqueeze(2)).squeeze(2).clamp_min(1e-300)
        b = columns / (a.unsqueeze(1) @ plan).squeeze(1).clamp_min(1e-300)
        plan = plan * a.unsqueeze(2) * b.unsqueeze(1)
    return measure_plan(plan.to(cost.dtype), cost.masked_fill(unused, 0), row_mass, column_mass, steps)
