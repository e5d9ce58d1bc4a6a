"""Squared distance of tokens that a greedy alignment pairs one to one."""

import torch

from pyserini_optical.distillation.losses.output import LossOutput
from pyserini_optical.distillation.states import TokenStates
from pyserini_optical.transport.costs import cosine_cost


class GreedyAlignmentLoss(torch.nn.Module):
    r"""Mean squared error of tokens aligned greedily, one to one (Dr.DECR; Li et al., 2022).

    The two most similar tokens are paired and removed, then the next two, until one side is exhausted; remaining tokens
    of the longer side are ignored.

    .. math:: L = \frac{1}{|A| d} \sum_{(i, j) \in A} \|s_i - t_j\|^2

    Parameters
    ----------
    special_tokens : bool
        Align special tokens too.

    References
    ----------
    .. [1] Li, Franz, Sultan, Iyer, Lee, Sil. "Learning Cross-Lingual IR from an English Retriever." NAACL 2022,
       section 3 (token-level distillation).

    Examples
    --------
    >>> mask = torch.ones(1, 2, dtype=torch.bool)
    >>> student = TokenStates(torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]), mask)
    >>> teacher = TokenStates(torch.tensor([[[0.0, 3.0], [1.0, 0.0]]]), mask)
    >>> GreedyAlignmentLoss()(student, teacher).loss  # 0 and 4, over two pairs of two dimensions
    tensor(1.)
    """

    def __init__(self, special_tokens: bool = True) -> None:
        super().__init__()
        self.special_tokens = special_tokens

    def forward(self, student: TokenStates, teacher: TokenStates) -> LossOutput:
        """Compare the two sides of a batch.

        Parameters
        ----------
        student, teacher : TokenStates
            States of shapes (batch, student tokens, d) and (batch, teacher tokens, d).

        Returns
        -------
        LossOutput
            With part `greedy_mse`.
        """
        with torch.autocast(student.states.device.type, enabled=False):
            states, targets = student.states.float(), teacher.states.float()
            similarity = 1 - cosine_cost(states.detach(), targets.detach())
            problems, rows, columns = align_greedily(
                similarity, student.matched(self.special_tokens), teacher.matched(self.special_tokens)
            )
            loss = torch.nn.functional.mse_loss(states[problems, rows], targets[problems, columns])
        return LossOutput(loss, {"greedy_mse": loss.detach()})


def align_greedily(
    similarity: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pair rows and columns one to one, the most similar first.

    Parameters
    ----------
    similarity : torch.Tensor, shape (batch, rows, columns)
    rows : torch.Tensor, shape (batch, rows), bool
        The rows that may be paired.
    columns : torch.Tensor, shape (batch, columns), bool
        The columns that may be paired.

    Returns
    -------
    tuple of torch.Tensor, each of shape (pairs,), int64
        Problem, row and column of each pair.
    """
    left = similarity.masked_fill(~(rows.unsqueeze(2) & columns.unsqueeze(1)), -torch.inf)
    batch, _, width = left.shape
    every = torch.arange(batch, device=left.device)
    paired = []
    for _ in range(min(left.shape[1:])):
        best, position = left.reshape(batch, -1).max(1)
        row, column = position // width, position % width
        paired.append((every, row, column, best > -torch.inf))
        left[every, row, :] = -torch.inf
        left[every, :, column] = -torch.inf
    problem, row, column, real = (torch.stack(each) for each in zip(*paired, strict=True))
    return problem[real], row[real], column[real]
