"""Losses on pooled vectors: cosine or mean squared error."""

import torch

from pyserini_optical.distillation.losses.output import LossOutput
from pyserini_optical.distillation.states import TokenStates


class PooledLoss(torch.nn.Module):
    r"""Align the direction of the student's pooled vector, which a dense index compares, with the teacher's.

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


class PooledMseLoss(torch.nn.Module):
    r"""Mean squared error of the pooled vectors (Reimers and Gurevych, 2020).

    .. math:: L = \frac{1}{B d} \sum_b \|\bar s_b - \bar t_b\|^2

    The source has two terms, one for each side of a pair; here the English one comes from batches with English on both
    sides.

    Parameters
    ----------
    pooling : {"mean", "cls"}
        How the teacher pools.

    References
    ----------
    .. [1] Reimers, Gurevych. "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation."
       EMNLP 2020, section 2.

    Examples
    --------
    >>> mask = torch.ones(1, 1, dtype=torch.bool)
    >>> student, teacher = (TokenStates(torch.full((1, 1, 2), value), mask) for value in (1.0, 3.0))
    >>> PooledMseLoss()(student, teacher).loss
    tensor(4.)
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
            With part `pooled_mse`.
        """
        loss = torch.nn.functional.mse_loss(student.pooled(self.pooling), teacher.pooled(self.pooling))
        return LossOutput(loss, {"pooled_mse": loss.detach()})
