"""Cosine distance of pooled vectors."""

import torch

from pyserini_optical.distillation.losses.output import LossOutput
from pyserini_optical.distillation.states import TokenStates


class PooledLoss(torch.nn.Module):
    r"""Draw the student's pooled vector to the teacher's direction: what a dense index compares.

    .. math:: L = \frac{1}{B} \sum_b 1 - \cos(\bar s_b, \bar t_b)

    Parameters
    ----------
    pooling : {"mean", "cls"}
        How the teacher pools.

    Examples
    --------
    >>> mask = torch.ones(1, 2, dtype=torch.bool)
    >>> student = TokenStates(torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]), mask)
    >>> teacher = TokenStates(torch.tensor([[[0.0, 1.0], [0.0, 3.0]]]), mask)
    >>> PooledLoss()(student, teacher).loss
    tensor(1.)
    """

    def __init__(self, pooling: str = "mean") -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, student: TokenStates, teacher: TokenStates) -> LossOutput:
        """Compare the two sides of a batch.

        Parameters
        ----------
        student, teacher : TokenStates
            States of shapes (batch, student tokens, d) and (batch, teacher tokens, d).

        Returns
        -------
        LossOutput
            With part `pooled`.
        """
        cosine = torch.nn.functional.cosine_similarity(student.pooled(self.pooling), teacher.pooled(self.pooling))
        loss = (1 - cosine).mean()
        return LossOutput(loss, {"pooled": loss.detach()})
