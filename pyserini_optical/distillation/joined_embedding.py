"""Word embeddings of which the last are the teacher's, and stay so while the others are trained."""

import torch


class JoinedEmbedding(torch.nn.Embedding):
    """A table of rows to train, with fixed rows behind them.

    Parameters
    ----------
    own : torch.Tensor, shape (own subwords, d)
        Trained: they are `weight`.
    borrowed : torch.Tensor, shape (borrowed subwords, d)
        Neither trained nor kept in a checkpoint.
    padding_idx : int or None
        The own subword that batches are filled up with.
    """

    borrowed: torch.Tensor

    def __init__(self, own: torch.Tensor, borrowed: torch.Tensor, padding_idx: int | None = None) -> None:
        super().__init__(len(own), own.shape[1], padding_idx=padding_idx, _weight=own)
        self.register_buffer("borrowed", borrowed, persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Look subwords up.

        Parameters
        ----------
        ids : torch.Tensor of int64, any shape

        Returns
        -------
        torch.Tensor, shape (*ids.shape, d)
        """
        own = super().forward(ids.clamp_max(self.num_embeddings - 1))
        if not len(self.borrowed):
            return own
        beyond = ids - self.num_embeddings
        borrowed = torch.nn.functional.embedding(beyond.clamp_min(0), self.borrowed)
        return torch.where((beyond < 0).unsqueeze(-1), own, borrowed)
