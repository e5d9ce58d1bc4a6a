"""What a loss returns, and asking one."""

from dataclasses import dataclass, field

import torch

from pyserini_optical.distillation.states import TokenStates


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


def compare_states(loss: torch.nn.Module, student: TokenStates, teacher: TokenStates) -> LossOutput:
    """Ask a loss, unless a state is not a number: no solver should see these.

    Returns
    -------
    LossOutput
        Where a state is not finite, a loss that is not finite either, and so are its gradients.
    """
    if torch.isfinite(student.states).all() and torch.isfinite(teacher.states).all():
        output: LossOutput = loss(student, teacher)
        return output
    return LossOutput(student.states.sum() * float("nan"))
