"""Contrastive loss of each pair against the other pairs of its batch."""

import torch

from pyserini_optical.distillation.losses.output import LossOutput
from pyserini_optical.distillation.states import TokenStates


class BitextInfoNceLoss(torch.nn.Module):
    r"""Distinguish each student vector's teacher vector from the others in the batch (van den Oord et al., 2018).

    .. math:: L = -\frac{1}{B} \sum_b \log \frac{e^{\cos(\bar s_b, \bar t_b) / \tau}}
        {\sum_{b'} e^{\cos(\bar s_b, \bar t_{b'}) / \tau}}

    Parameters
    ----------
    temperature : float
        :math:`\tau`.
    pooling : {"mean", "cls"}
        How the teacher pools.

    References
    ----------
    .. [1] van den Oord, Li, Vinyals. "Representation Learning with Contrastive Predictive Coding." 2018, equation 4.

    Examples
    --------
    >>> mask = torch.ones(2, 1, dtype=torch.bool)
    >>> states = TokenStates(torch.eye(2).unsqueeze(1), mask)
    >>> round(BitextInfoNceLoss(temperature=1.0)(states, states).loss.item(), 4)  # log(1 + 1 / e)
    0.3133
    """

    def __init__(self, temperature: float = 0.05, pooling: str = "mean") -> None:
        super().__init__()
        self.temperature = temperature
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
            With parts `infonce` and `in_batch_accuracy`.
        """
        queries = torch.nn.functional.normalize(student.pooled(self.pooling), dim=1)
        targets = torch.nn.functional.normalize(teacher.pooled(self.pooling), dim=1)
        scores = queries @ targets.T / self.temperature
        own = torch.arange(len(scores), device=scores.device)
        loss = torch.nn.functional.cross_entropy(scores, own)
        accuracy = (scores.detach().argmax(1) == own).float().mean()
        return LossOutput(loss, {"infonce": loss.detach(), "in_batch_accuracy": accuracy})
