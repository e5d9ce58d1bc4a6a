"""Token states of a batch of texts: what the student and the teacher hand to a loss."""

from dataclasses import dataclass

import torch

from pyserini_optical.errors import OpticalError


@dataclass(frozen=True)
class TokenStates:
    """The last layer's states of a padded batch of texts.

    Parameters
    ----------
    states : torch.Tensor, shape (batch, tokens, d), floating point
    mask : torch.Tensor, shape (batch, tokens), bool
        True for tokens, including special ones; False for padding.
    content : torch.Tensor, shape (batch, tokens), bool, optional
        True for tokens that are neither padding nor special.
    weights : torch.Tensor, shape (batch, tokens), optional
        The importance of each token, such as its inverse document frequency; not negative.
    """

    states: torch.Tensor
    mask: torch.Tensor
    content: torch.Tensor | None = None
    weights: torch.Tensor | None = None

    def pooled(self, pooling: str = "mean") -> torch.Tensor:
        """One vector per text, in float32.

        Parameters
        ----------
        pooling : {"mean", "cls"}
            The mean over the mask, special tokens included as in sentence-transformers, or the first token.

        Returns
        -------
        torch.Tensor, shape (batch, d)
        """
        if pooling == "cls":
            return self.states[:, 0].float()
        if pooling != "mean":
            raise OpticalError(f"pooling {pooling!r} is unknown; choose mean or cls")
        kept = self.mask.unsqueeze(2)
        return (self.states.float() * kept).sum(1) / kept.sum(1).clamp_min(1)

    def matched(self, special_tokens: bool) -> torch.Tensor:
        """Find the tokens that take part in an alignment.

        Parameters
        ----------
        special_tokens : bool
            Whether to include special tokens. A text that has no others keeps them.

        Returns
        -------
        torch.Tensor, shape (batch, tokens), bool
        """
        if special_tokens or self.content is None:
            return self.mask
        return torch.where(self.content.any(1, keepdim=True), self.content & self.mask, self.mask)
