"""Cost of transporting the student's tokens onto the teacher's."""

from typing import Any

import torch

from pyserini_optical.distillation.losses.output import LossOutput
from pyserini_optical.distillation.states import TokenStates
from pyserini_optical.errors import OpticalError
from pyserini_optical.transport import COSTS, TRAINING_OPTIONS, norm_mass, solve, uniform_mass, weighted_mass

MASSES = ("uniform", "idf", "norm")


class TransportLoss(torch.nn.Module):
    r"""Optimal transport distillation (Huang, Yu and Allan, 2023).

    .. math:: L = \frac{1}{B} \sum_b \langle T_b, C_b \rangle, \quad
        T_b = \arg\min_{T \ge 0,\; T 1 = a_b,\; T^\top 1 = c_b} \langle T, C_b \rangle

    with :math:`C_b` the cost of every student token state against every teacher token state, and
    :math:`a_b`, :math:`c_b`
    their masses. The plan is solved without gradients and is a constant in the backward pass: by the envelope theorem
    the gradient of the optimum is that of :math:`\langle T, C \rangle` through C alone.

    Parameters
    ----------
    cost : {"cosine", "euclidean", "squared-euclidean"}
    mass : {"uniform", "idf", "norm"}
        The same for each token, in proportion to `TokenStates.weights` (in a run from a recipe, the inverse document
        frequency of the token in its side of the bitext), or to the norm of the state.
    special_tokens : bool
        Transport special tokens too.
    method : {"ipot", "sinkhorn", "exact"}
    **options
        Options of the solver; by default IPOT with few iterations, see
        :data:`pyserini_optical.transport.TRAINING_OPTIONS`.

    Raises
    ------
    OpticalError
        The cost or the mass is unknown.

    References
    ----------
    .. [1] Huang, Yu, Allan. "Improving Cross-lingual Information Retrieval on Low-Resource Languages via Optimal
       Transport Distillation." WSDM 2023.

    Examples
    --------
    >>> mask = torch.ones(1, 2, dtype=torch.bool)
    >>> student = TokenStates(torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]), mask)
    >>> teacher = TokenStates(torch.tensor([[[0.0, 3.0], [2.0, 0.0]]]), mask)
    >>> TransportLoss()(student, teacher).loss.abs().item() < 1e-6  # the order of the tokens is free
    True
    """

    def __init__(
        self,
        cost: str = "cosine",
        mass: str = "uniform",
        special_tokens: bool = True,
        method: str = "ipot",
        **options: Any,
    ) -> None:
        super().__init__()
        if cost not in COSTS:
            raise OpticalError(f"cost {cost!r} is unknown; choose one of {', '.join(COSTS)}")
        if mass not in MASSES:
            raise OpticalError(f"mass {mass!r} is unknown; choose one of {', '.join(MASSES)}")
        self.cost = cost
        self.mass = mass
        self.special_tokens = special_tokens
        self.method = method
        self.options = {**TRAINING_OPTIONS, **options} if method == "ipot" else options

    def forward(self, student: TokenStates, teacher: TokenStates) -> LossOutput:
        """Compare the two sides of a batch.

        Parameters
        ----------
        student, teacher : TokenStates
            States of shapes (batch, student tokens, d) and (batch, teacher tokens, d).

        Returns
        -------
        LossOutput
            With parts `ot_cost` and `marginal_error`.
        """
        with torch.autocast(student.states.device.type, enabled=False):
            cost = COSTS[self.cost](student.states.float(), teacher.states.float())
            with torch.no_grad():
                solution = solve(
                    cost.detach(), self._masses(student), self._masses(teacher), method=self.method, **self.options
                )
            loss = (solution.plan.to(cost.dtype) * cost).sum((1, 2)).mean()
        return LossOutput(loss, {"ot_cost": loss.detach(), "marginal_error": solution.marginal_error.mean()})

    def _masses(self, side: TokenStates) -> torch.Tensor:
        tokens = side.matched(self.special_tokens)
        if self.mass == "norm":
            return norm_mass(side.states, tokens)
        if self.mass == "uniform":
            return uniform_mass(tokens)
        if side.weights is None:
            raise OpticalError("mass 'idf' needs token weights; give them to TokenStates, or choose another mass")
        return weighted_mass(side.weights, tokens)
