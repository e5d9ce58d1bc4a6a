"""Entropic transport, through POT."""

import torch

from pyserini_optical.transport.plan import TransportPlan, find_used, measure_plan


def solve_sinkhorn(
    cost: torch.Tensor,
    row_mass: torch.Tensor,
    column_mass: torch.Tensor,
    regularisation: float = 0.1,
    steps: int = 1000,
    tolerance: float = 1e-6,
) -> TransportPlan:
    r"""Solve the entropic problems of a batch with POT's Sinkhorn iterations in the log domain.

    .. math:: \min_T \langle T, C \rangle + \varepsilon \sum_{ij} T_{ij} (\log T_{ij} - 1)

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)
    regularisation : float
        :math:`\varepsilon`, in the cost's unit.
    steps : int
        Limit of the iterations.
    tolerance : float
        Norm of the marginal error at which to stop.

    Returns
    -------
    TransportPlan
        Its cost is the transport term alone, without the entropy; it lies above the exact one.

    References
    ----------
    .. [1] Cuturi. "Sinkhorn Distances: Lightspeed Computation of Optimal Transport." NIPS 2013.
    """
    from ot.batch import solve_batch

    solution = solve_batch(
        M=cost.double().masked_fill(~find_used(row_mass, column_mass), 0),
        reg=regularisation,
        a=row_mass.double(),
        b=column_mass.double(),
        max_iter=steps,
        tol=tolerance,
        method="log_sinkhorn",
        grad="detach",
    )
    return measure_plan(solution.plan.to(cost.dtype), cost, row_mass, column_mass, int(solution.log["n_iter"]) + 1)
