"""Newton's method on the scalings of an entropic plan."""

import torch

_STIFFNESS = 1e-6  # share of a column's mass; links weaker than it are left to the Sinkhorn iterations


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
        plan / row_mass.clamp_min(1e-100).unsqueeze(2),
        alpha=-1,
    )
    matrix.diagonal(dim1=1, dim2=2).add_(sums + (_STIFFNESS * column_mass).clamp_min_(1e-12))
    factor, failed = torch.linalg.cholesky_ex(matrix)
    step = torch.cholesky_solve((column_mass - sums).unsqueeze(2), factor).squeeze(2)
    step.masked_fill_((failed > 0).unsqueeze(1), 0).nan_to_num_(0.0, 0.0, 0.0)
    longest = step.abs().amax(1, keepdim=True).clamp_min_(1e-9)
    return step * (longest.log1p() / longest)
