"""The inexact proximal point method for optimal transport (IPOT), for batches of small problems."""

from typing import Any

import torch

from pyserini_optical.transport.plan import TransportPlan, find_used, measure_plan, multiply_inner

TRAINING_OPTIONS: dict[str, Any] = {"beta": 1 / 40, "steps": 20, "first_check": 20, "feasible": False}
"""IPOT inside a training step: one step, not moved onto the marginals, so that their error shows in the log."""

_FAR = 1e150  # the cost, in float64, where a row or a column has no mass: its kernel is exactly zero
_TINY, _HUGE = 1e-100, 1e100  # bounds of the scalings, so that no product of two overflows
_SHARPER = 4.0
_NOTHING = 1e-4  # mass out of place at which a proximal step is solved, whatever the gap
_PATIENCE = 25  # steps without Newton's method: easy problems are solved by then, at less cost
_NEWTON_STEPS = 2
_STIFFNESS = 1e-6  # share of a column's mass; links weaker than it are left to the Sinkhorn iterations


def solve_ipot(
    cost: torch.Tensor,
    row_mass: torch.Tensor,
    column_mass: torch.Tensor,
    beta: float = 1 / 16,
    steps: int = 5000,
    tolerance: float = 8e-3,
    first_check: int = 6,
    check_every: int = 10,
    feasible: bool = True,
) -> TransportPlan:
    r"""Solve a batch of problems by inexact proximal points, each until it is known to be near its optimum.

    .. math:: T^{k+1} = \arg\min_T \langle T, C \rangle + \beta_k \, \mathrm{KL}(T \,\|\, T^k)

    Written out, :math:`T^k = \mathrm{diag}(u) \, e^{-s_k C} \, \mathrm{diag}(v)` with the sharpness :math:`s_k =
    1 / \beta_1 + \dots + 1 / \beta_k`, which grows fourfold from one proximal step to the next: there is no entropic
    bias. A proximal step is solved inexactly, by over-relaxed Sinkhorn iterations, in hard problems with Newton steps
    after them, and the next is taken as soon as the gap is no larger than this sharpness must leave.

    The potential :math:`\log v / s` is kept, and the kernel is made anew from a cost reduced by it, so that nothing
    that matters underflows. The same potential bounds the optimum from below; a problem leaves the batch when the
    plan moved onto its marginals costs little more than that bound.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns)
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)
    beta : float
        Weight of the first proximal term, in units of the mean reduced cost of each problem.
    steps : int
        Limit of the Sinkhorn iterations.
    tolerance : float
        A problem is solved when its cost is certain to lie above the optimum by no more than this share of it.
    first_check : int
        Iterations before the first look at the gap; easy problems are solved by then.
    check_every : int
        Iterations from one look at the gap, and from one proximal step, to the next.
    feasible : bool
        Move the plans onto their marginals at the end.

    References
    ----------
    .. [1] Xie, Wang, Wang, Zha. "A Fast Proximal Point Method for Computing Exact Wasserstein Distance." UAI 2020,
       algorithm 1.
    .. [2] Schmitzer. "Stabilized Sparse Scaling Algorithms for Entropy Regularized Transport Problems." SIAM Journal
       on Scientific Computing 41(3), 2019 (absorbing potentials into the kernel).
    .. [3] Thibault, Chizat, Dossal, Papadakis. "Overrelaxed Sinkhorn-Knopp Algorithm for Regularized Optimal
       Transport." Algorithms 14(5), 2021.
    """
    costs = cost.double()
    if not ((row_mass > 0).all() and (column_mass > 0).all()):
        costs = torch.where(find_used(row_mass, column_mass), costs, _FAR)
    rows, columns = (mass.double() / mass.double().sum(1, keepdim=True) for mass in (row_mass, column_mass))
    plans = torch.empty_like(costs)
    iterates = _Iterates(costs, rows, columns, beta)
    left = torch.arange(len(costs), device=costs.device)
    taken = 0
    while taken < steps:
        block = min(check_every if taken else first_check, steps - taken)
        plan = iterates.advance(block, newton_steps=0 if taken < _PATIENCE else _NEWTON_STEPS)
        taken += block
        if taken == steps and not feasible:
            plans[left] = plan
            break
        rounded, gap = iterates.round_plan(plan)
        plans[left] = rounded if feasible else plan
        unsolved = gap > tolerance
        if not unsolved.any():
            break
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
    """

    def __init__(self, cost: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor, beta: float) -> None:
        self.row_mass, self.column_mass = row_mass, column_mass
        # What every plan pays is taken out for good, so that a token that matches nothing does not set the scale.
        self.cost, rows, columns = reduce_cost(cost, torch.zeros_like(column_mass))
        self.constant = (row_mass * rows).sum(1) + (column_mass * columns).sum(1)
        self.scale = (row_mass.unsqueeze(1) @ self.cost @ column_mass.unsqueeze(2)).flatten().clamp_min(1e-100)
        self.sharpness = 1 / (beta * self.scale)
        self.reduced, self.rows, self.columns = self.cost, torch.zeros_like(row_mass), torch.zeros_like(column_mass)
        # Where there is no mass the kernel is zero, and so is the plan; a mass of zero would divide zero by zero.
        self.a, self.b = (mass.clamp_min(_TINY).unsqueeze(1) for mass in (row_mass, column_mass))
        self.v = torch.ones_like(self.b)

    def advance(self, steps: int, newton_steps: int) -> torch.Tensor:
        """Work on the proximal step; give its plan, which has the columns' masses and nearly the rows'."""
        kernel = (self.reduced * -self.sharpness[:, None, None]).exp_()
        transposed = kernel.transpose(1, 2).contiguous()  # a vector is much faster multiplied from the left
        u, v = self._fit_rows(self.v, transposed), self.v
        for _ in range(steps - 1):
            v = _relax(v, self._fit_columns(u, kernel))
            u = _relax(u, self._fit_rows(v, transposed))
        for _ in range(newton_steps):
            v = self._fit_columns(u, kernel)
            u = self._fit_rows(v, transposed)
            plan = (kernel * u.transpose(1, 2)).mul_(v)
            v = v * find_newton_step(plan, self.row_mass, self.column_mass).exp_().unsqueeze(1)
            u = self._fit_rows(v, transposed)
        v = self._fit_columns(u, kernel)
        potentials = self.columns + v.log().squeeze(1) / self.sharpness.unsqueeze(1)
        self.reduced, self.rows, self.columns = reduce_cost(self.cost, potentials)
        slack = (potentials - self.columns) * self.sharpness.unsqueeze(1)
        self.v = slack.exp_().clamp_(_TINY, _HUGE).unsqueeze(1)
        return kernel.mul_(u.transpose(1, 2)).mul_(v)

    def _fit_rows(self, v: torch.Tensor, transposed: torch.Tensor) -> torch.Tensor:
        return self.a / torch.bmm(v, transposed).clamp_min_(_TINY)

    def _fit_columns(self, u: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
        return self.b / torch.bmm(u, kernel).clamp_min_(_TINY)

    def round_plan(self, plan: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give feasible plans, and the share of its cost by which each may lie above the optimum."""
        misplaced = (plan.sum(2) - self.row_mass).abs_().sum(1)
        plan = round_plan(plan, self.row_mass, self.column_mass)
        gap = multiply_inner(plan, self.reduced)
        cost = gap + (self.row_mass * self.rows).sum(1) + (self.column_mass * self.columns).sum(1) + self.constant
        # Where a proximal step is solved the gap is about 1 / sharpness; a larger one is for want of iterations.
        solved = (gap * self.sharpness < 1) | (misplaced < _NOTHING)
        self.sharpness = torch.where(solved, _SHARPER * self.sharpness, self.sharpness).clamp_max_(1e12 / self.scale)
        return plan, gap / torch.maximum(cost.abs(), 1e-9 * self.scale)

    def keep(self, which: torch.Tensor) -> None:
        """Drop the other problems."""
        for name, value in vars(self).items():
            setattr(self, name, value[which])


def _relax(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """Go 1.75 times as far, in logarithms, as the step from the old scaling to the new."""
    change = new / old
    return new.mul_((change * change.sqrt()).sqrt_()).clamp_(_TINY, _HUGE)


def reduce_cost(cost: torch.Tensor, columns: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    r"""Make column potentials feasible and take them out of the cost (the c-transform, both ways).

    .. math:: f_i = \min_j C_{ij} - g_j, \quad g'_j = \min_i C_{ij} - f_i, \quad C'_{ij} = C_{ij} - f_i - g'_j \ge 0

    Every plan with marginals a and b pays :math:`\langle a, f \rangle + \langle b, g' \rangle`, so this bounds the
    optimum from below, and :math:`C'` has the same optimal plans as :math:`C`.

    Parameters
    ----------
    cost : torch.Tensor, shape (batch, rows, columns), float64
        Far (:math:`10^{150}`) where a row or a column has no mass.
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
    return potentials * (potentials < _FAR / 2)


def find_newton_step(plan: torch.Tensor, row_mass: torch.Tensor, column_mass: torch.Tensor) -> torch.Tensor:
    r"""Find how to change the logarithms of a plan's column scalings, the row scalings following.

    .. math:: \bigl(\mathrm{diag}(T^\top 1) - T^\top \mathrm{diag}(a)^{-1} T\bigr) \, d = b - T^\top 1

    The step is shortened from its largest entry :math:`\ell` to :math:`\log(1 + \ell)`, which makes it one of ascent
    in the dual.

    Parameters
    ----------
    plan : torch.Tensor, shape (batch, rows, columns), float64
        The sums of its rows are `row_mass`.
    row_mass : torch.Tensor, shape (batch, rows)
    column_mass : torch.Tensor, shape (batch, columns)

    Returns
    -------
    torch.Tensor, shape (batch, columns)
        :math:`d`; zero for a column without mass, and in a problem whose matrix is not positive definite.

    References
    ----------
    .. [1] Brauer, Clason, Lorenz, Wirth. "A Sinkhorn-Newton Method for Entropic Optimal Transport." 2017,
       arXiv 1710.06635.
    .. [2] Sun, Tran-Dinh. "Generalized Self-concordant Functions: A Recipe for Newton-Type Methods." Mathematical
       Programming 178, 2019 (the length of the step).
    """
    sums = plan.sum(1)
    # A constant changes no plan: the outer product takes that direction out of the null space.
    matrix = torch.baddbmm(
        column_mass.unsqueeze(2) * column_mass.unsqueeze(1),
        plan.transpose(1, 2),
        plan / row_mass.clamp_min(_TINY).unsqueeze(2),
        alpha=-1,
    )
    matrix.diagonal(dim1=1, dim2=2).add_(sums + (_STIFFNESS * column_mass).clamp_min_(1e-12))
    factor, failed = torch.linalg.cholesky_ex(matrix)
    step = torch.cholesky_solve((column_mass - sums).unsqueeze(2), factor).squeeze(2)
    step.masked_fill_((failed > 0).unsqueeze(1), 0).nan_to_num_(0.0, 0.0, 0.0)
    longest = step.abs().amax(1, keepdim=True).clamp_min_(1e-9)
    return step * (longest.log1p() / longest)


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
    plan = plan * (row_mass / plan.sum(2).clamp_min(1e-300)).clamp_max(1).unsqueeze(2)
    plan *= (column_mass / plan.sum(1).clamp_min(1e-300)).clamp_max(1).unsqueeze(1)
    rows = (row_mass - plan.sum(2)).clamp_min(0)
    columns = (column_mass - plan.sum(1)).clamp_min(0)
    total = rows.sum(1).clamp_min(1e-300)
    return plan.baddbmm_((rows / total.unsqueeze(1)).unsqueeze(2), columns.unsqueeze(1))
