"""The inexact proximal point method for optimal transport (IPOT)."""

from typing import Any

import torch

from pyserini_optical.transport.duality import FAR, reduce_cost
from pyserini_optical.transport.plan import TransportPlan, find_used, measure_plan
from pyserini_optical.transport.rounding import round_plan

TRAINING_OPTIONS: dict[str, Any] = {"steps": 20, "first_check": 20, "feasible": False}
"""IPOT inside a training step: cut short, and not moved onto the marginals, so that their error shows in the log."""

_TINY = 1e-100
_OUTLIER = 64  # the mean cost is no measure of a problem whose optimum lies this far below it


def solve_ipot(
    cost: torch.Tensor,
    row_mass: torch.Tensor,
    column_mass: torch.Tensor,
    beta: float = 0.5,
    steps: int = 5000,
    tolerance: float = 8e-3,
    first_check: int = 5,
    check_every: int = 20,
    feasible: bool = True,
) -> TransportPlan:
    r"""Solve a batch of problems by inexact proximal points, each until it is known to be near its optimum.

    .. math:: T^{k+1} = \arg\min_T \langle T, C \rangle + \beta \, \mathrm{KL}(T \,\|\, T^k)

    with one Sinkhorn iteration a step. There is no entropic bias: the iterates go to an optimal plan for any
    :math:`\beta`. Written out, :math:`T^k = \mathrm{diag}(u) \, e^{-k C / \beta} \, \mathrm{diag}(v)`; the
    potentials :math:`\log u` and :math:`\log v` are kept, and each few steps the kernel is made anew from them and
    from a cost reduced by them, so that nothing that matters underflows. The same potentials bound the optimum from
    below; a problem leaves the batch when the plan moved onto its marginals costs little more than that bound.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)
    beta : float
        Weight of the proximal term, in units of the mean reduced cost of each problem.
    steps : int
        Limit of the steps.
    tolerance : float
        A problem is solved when its cost is certain to lie above the optimum by no more than this share of it.
    first_check : int
        Steps before the first look at the gap; easy problems are solved by then.
    check_every : int
        Steps between two looks, at most: the steps taken double from one look to the next until they come to this.
    feasible : bool
        Move the plans onto their marginals at the end.

    Returns
    -------
    TransportPlan

    References
    ----------
    .. [1] Xie, Wang, Wang, Zha. "A Fast Proximal Point Method for Computing Exact Wasserstein Distance." UAI 2020,
       algorithm 1.
    .. [2] Schmitzer. "Stabilized Sparse Scaling Algorithms for Entropy Regularized Transport Problems." SIAM Journal
       on Scientific Computing 41(3), 2019 (absorbing potentials into the kernel).
    """
    costs = torch.where(find_used(row_mass, column_mass), cost.double(), FAR)
    rows, columns = (mass.double() / mass.double().sum(1, keepdim=True) for mass in (row_mass, column_mass))
    plans = torch.empty_like(costs)
    iterates = _Iterates(costs, rows, columns, beta)
    left = torch.arange(len(costs), device=costs.device)
    taken = 0
    while taken < steps and len(left):
        block = min(max(first_check, taken), check_every, steps - taken)
        iterates.advance(block)
        taken += block
        plan, gap = iterates.round_plan()
        plans[left] = plan if feasible else iterates.plan
        unsolved = gap > tolerance
        if not unsolved.all():
            left = left[unsolved]
            iterates.keep(unsolved)
    return measure_plan(plans.to(cost.dtype), cost, row_mass, column_mass, taken)


class _Iterates:
    """The iterates of the problems that are not solved yet, all in float64.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
        Far where a row or a column has no mass.
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)
    beta : float
    """

    def __init__(self, cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor, beta: float) -> None:
        self.row_mass, self.column_mass = row_mass, column_mass
        # What every plan pays is taken out for good, so that a token that matches nothing does not set the scale.
        self.cost, rows, columns = reduce_cost(cost, torch.zeros_like(column_mass))
        self.constant = (row_mass * rows).sum(1) + (column_mass * columns).sum(1)
        self.plan = row_mass.unsqueeze(2) * column_mass.unsqueeze(1)
        self.scale = (self.plan * self.cost).sum((1, 2)).clamp_min(_TINY)
        self.beta = beta * self.scale
        self.sharpness = torch.zeros_like(self.scale)  # log T = log u + log v - sharpness * cost
        self.log_u, self.log_v = _log(row_mass), _log(column_mass)
        self.momentum = torch.ones_like(column_mass)
        self.reduced, self.rows, self.columns = self.cost, torch.zeros_like(row_mass), torch.zeros_like(column_mass)

    def advance(self, steps: int) -> None:
        """Take proximal steps, then make the plan and the reduced cost anew from the potentials."""
        kernel = self.plan
        growth = (self.reduced / -self.beta[:, None, None]).exp_()
        v = torch.ones_like(self.column_mass)
        for _ in range(steps):
            kernel *= growth
            u = self.row_mass / (kernel * (v * self.momentum).unsqueeze(1)).sum(2).clamp_min_(_TINY)
            last, v = v, self.column_mass / torch.bmm(u.unsqueeze(1), kernel).squeeze(1).clamp_min_(_TINY)
            # The next scaling starts from the change of this one, as algorithm 1 does.
            self.momentum = (v / last.clamp_min(_TINY)).clamp_(_TINY**0.5, _TINY**-0.5)
        passed = (steps / self.beta).unsqueeze(1)
        self.log_u = self.log_u + _log(u) + passed * self.rows
        self.log_v = self.log_v + _log(v) + passed * self.columns
        self.sharpness = self.sharpness + passed.squeeze(1)
        sharpness = self.sharpness.unsqueeze(1)
        self.reduced, self.rows, self.columns = reduce_cost(self.cost, self.log_v / sharpness)
        log_plan = (self.reduced * -sharpness.unsqueeze(2)).add_((self.log_u - sharpness * self.rows).unsqueeze(2))
        self.plan = log_plan.add_((self.log_v - sharpness * self.columns).unsqueeze(1)).exp_()

    def round_plan(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Give feasible plans, and the share of its cost by which each may lie above the optimum."""
        plan = round_plan(self.plan, self.row_mass, self.column_mass)
        cost = (plan * self.cost).sum((1, 2))
        self._narrow(cost)
        worth = torch.maximum(cost + self.constant, 1e-7 * self.scale)
        return plan, (plan * self.reduced).sum((1, 2)) / worth

    def _narrow(self, cost: torch.Tensor) -> None:
        scale = torch.minimum(self.scale, _OUTLIER * cost).clamp_min(1e-9 * self.scale)
        self.beta, self.scale = self.beta * scale / self.scale, scale

    def keep(self, which: torch.Tensor) -> None:
        """Drop the other problems."""
        for name, value in vars(self).items():
            setattr(self, name, value[which])


def _log(values: torch.Tensor) -> torch.Tensor:
    return values.log().masked_fill_(values == 0, 0)
