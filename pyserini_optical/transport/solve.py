"""One call for every solver: proximal points (ours), entropic and exact (POT's)."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pyserini_optical.errors import OpticalError
from pyserini_optical.transport.ipot import solve_ipot
from pyserini_optical.transport.plan import TransportPlan, find_used, measure_plan

MASS_TOLERANCE = 1e-3


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


SOLVERS: dict[str, Callable[..., TransportPlan]] = {
    "ipot": solve_ipot,
    "sinkhorn": solve_sinkhorn,
    "exact": solve_exact,
}


def solve(
    cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor, method: str = "ipot", **options: Any
) -> TransportPlan:
    r"""Solve a batch of optimal transport problems, without gradients.

    .. math:: \min_{T \ge 0} \langle T, C \rangle \quad \text{s.t.} \quad T 1 = a, \; T^\top 1 = b

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
        Floating point, on any device.
    row_mass : torch.Tensor, shape (batch, rows)
        Adds up to one a problem; zero where padded.
    column_mass : torch.Tensor, shape (batch, columns)
        Adds up to one a problem; zero where padded.
    method : {"ipot", "sinkhorn", "exact"}
        Inexact proximal points (:func:`~pyserini_optical.transport.ipot.solve_ipot`), entropic
        (:func:`solve_sinkhorn`) or network simplex
        (:func:`solve_exact`).
    **options
        Options of the solver.

    Returns
    -------
    TransportPlan
        Of the dtype and device of `cost`.

    Raises
    ------
    OpticalError
        The method or an option is unknown, or the input is not a transport problem.

    Examples
    --------
    >>> cost = torch.tensor([[[0.0, 1.0], [1.0, 0.0]]])
    >>> mass = torch.tensor([[0.5, 0.5]])
    >>> solve(cost, mass, mass).plan.round(decimals=3)
    tensor([[[0.5000, 0.0000],
             [0.0000, 0.5000]]])
    """
    if method not in SOLVERS:
        raise OpticalError(f"method {method!r} is unknown; choose one of {', '.join(SOLVERS)}")
    _check_problems(cost, row_mass, column_mass)
    unknown = options.keys() - inspect.signature(SOLVERS[method]).parameters.keys()
    if unknown:
        raise OpticalError(f"{method} has no option {', '.join(sorted(unknown))}; see solve_{method}")
    with torch.no_grad(), torch.autocast(cost.device.type, enabled=False):
        return SOLVERS[method](cost.detach(), row_mass.detach(), column_mass.detach(), **options)


def _check_problems(cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor) -> None:
    """Refuse costs and masses that are not transport problems.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
        Entries where a row or a column has no mass are ignored.
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)

    Raises
    ------
    OpticalError
        Shapes do not fit, a cost is not finite, or masses are negative or do not add up to one. The message names
        the first such problem of the batch.
    """
    if cost.ndim != 3:
        raise OpticalError(f"cost has shape {tuple(cost.shape)}; it must be (batch, rows, columns)")
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
