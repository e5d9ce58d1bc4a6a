"""One call for every solver."""

import inspect
from collections.abc import Callable
from typing import Any

import torch

from pyserini_optical.errors import OpticalError
from pyserini_optical.transport.exact import solve_exact
from pyserini_optical.transport.ipot import solve_ipot
from pyserini_optical.transport.plan import TransportPlan
from pyserini_optical.transport.problems import check_problems
from pyserini_optical.transport.sinkhorn import solve_sinkhorn

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
        (:func:`~pyserini_optical.transport.sinkhorn.solve_sinkhorn`) or network simplex
        (:func:`~pyserini_optical.transport.exact.solve_exact`).
    **options
        For the solver.

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
    check_problems(cost, row_mass, column_mass)
    unknown = options.keys() - inspect.signature(SOLVERS[method]).parameters.keys()
    if unknown:
        raise OpticalError(f"{method} has no option {', '.join(sorted(unknown))}; see solve_{method}")
    with torch.no_grad(), torch.autocast(cost.device.type, enabled=False):
        return SOLVERS[method](cost.detach(), row_mass.detach(), column_mass.detach(), **options)
