"""Weighted sum of the token transport loss and the pooled loss."""

from typing import Any

import torch

from pyserini_optical.distillation.losses.output import LossOutput
from pyserini_optical.distillation.losses.pooled import PooledLoss
from pyserini_optical.distillation.losses.transport import TransportLoss
from pyserini_optical.distillation.states import TokenStates


class TransportAndPooledLoss(torch.nn.Module):
    """Weighted sum of :class:`TransportLoss` and :class:`PooledLoss`.

    .. math:: L = w_{OT} L_{OT} + w_{pooled} L_{pooled}

    Transport aligns tokens, for late interaction; the pooled term sees what a single-vector index sees, and is the one
    that covers a teacher that pools by its first token.

    Parameters
    ----------
    ot_weight, pooled_weight : float
        :math:`w_{OT}` and :math:`w_{pooled}`.
    pooling : {"mean", "cls"}
        How the teacher pools.
    **options
        Options of :class:`TransportLoss`.

    Examples
    --------
    >>> mask = torch.ones(1, 1, dtype=torch.bool)
    >>> student, teacher = (TokenStates(torch.tensor([[row]]), mask) for row in ([1.0, 0.0], [0.0, 1.0]))
    >>> TransportAndPooledLoss(ot_weight=1.0, pooled_weight=2.0)(student, teacher).loss
    tensor(3.)
    """

    def __init__(
        self, ot_weight: float = 1.0, pooled_weight: float = 1.0, pooling: str = "mean", **options: Any
    ) -> None:
        super().__init__()
        self.ot_weight = ot_weight
        self.pooled_weight = pooled_weight
        self.transport = TransportLoss(**options)
        self.pooled = PooledLoss(pooling)

    def forward(self, student: TokenStates, teacher: TokenStates) -> LossOutput:
        """Compare the two sides of a batch.

        Parameters
        ----------
        student, teacher : TokenStates
            States of shapes (batch, student tokens, d) and (batch, teacher tokens, d).

        Returns
        -------
        LossOutput
            With parts `ot_cost`, `marginal_error` and `pooled`, unweighted.
        """
        transport, pooled = self.transport(student, teacher), self.pooled(student, teacher)
        loss = self.ot_weight * transport.loss + self.pooled_weight * pooled.loss
        return LossOutput(loss, transport.parts | pooled.parts)
