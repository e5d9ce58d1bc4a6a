"""The mass of each token; the masses of a text sum to one."""

import torch

from pyserini_optical.errors import OpticalError


def uniform_mass(mask: torch.Tensor) -> torch.Tensor:
    """Give each token of a text the same mass.

    Parameters
    ----------
    mask : torch.Tensor, shape (batch, tokens), bool
        The tokens that take part: without padding, with or without special tokens.

    Returns
    -------
    torch.Tensor, shape (batch, tokens), float32
        Zero outside the mask.
    """
    return _share_out(mask.float())


def weighted_mass(weights: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Give each token a mass in proportion to a weight, such as its inverse document frequency.

    Parameters
    ----------
    weights : torch.Tensor, shape (batch, tokens)
        Not negative.
    mask : torch.Tensor, shape (batch, tokens), bool

    Returns
    -------
    torch.Tensor, shape (batch, tokens), float32
        Uniform for a text whose weights are all zero.
    """
    kept = torch.where(mask, weights.float(), 0.0)
    return _share_out(torch.where(kept.sum(1, keepdim=True) > 0, kept, mask.float()))


def norm_mass(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Give each token a mass in proportion to the norm of its state (Yokoi et al., 2020).

    Parameters
    ----------
    states : torch.Tensor, shape (batch, tokens, d)
    mask : torch.Tensor, shape (batch, tokens), bool

    Returns
    -------
    torch.Tensor, shape (batch, tokens), float32

    References
    ----------
    .. [1] Yokoi, Takahashi, Akama, Suzuki, Inui. "Word Rotator's Distance." EMNLP 2020, section 5.
    """
    return weighted_mass(states.detach().float().norm(dim=2), mask)


def _share_out(weights: torch.Tensor) -> torch.Tensor:
    totals = weights.sum(1, keepdim=True)
    empty = (totals.squeeze(1) <= 0).nonzero().flatten().tolist()
    if empty:
        raise OpticalError(f"problem {empty[0]} has no tokens to carry mass; leave empty texts out of the batch")
    return weights / totals
