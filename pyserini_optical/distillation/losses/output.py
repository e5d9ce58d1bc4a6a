"""What a loss returns."""

from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class LossOutput:
    """A loss and what it is made of.

    Parameters
    ----------
    loss : torch.Tensor, shape ()
        To be differentiated.
    parts : dict of str to torch.Tensor, shapes ()
        For the log; detached, and left on the device so that logging does not wait for it.
    """

    loss: torch.Tensor
    parts: dict[str, torch.Tensor] = field(default_factory=dict)
