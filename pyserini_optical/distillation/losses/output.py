"""The output of a loss, and its safe evaluation."""

from dataclasses import dataclass, field

import torch

from pyserini_optical.distillation.states import TokenStates


@dataclass(frozen=True)
class LossOutput:
    """A loss and its parts.

    Parameters
    ----------
    loss : torch.Tensor, shape ()
        The loss to differentiate.
    parts : dict of str to torch.Tensor, shapes ()
        Parts for the log; detached, and left on the device so that logging does not wait for it.
    """

    loss: torch.Tensor
    parts: dict[str, torch.Tensor] = field(default_factory=dict)


def compare_states(loss: torch.nn.Module, student: TokenStates, teacher: TokenStates) -> LossOutput:
    """Evaluate a loss, unless a state is not finite, which no solver should see.

    Returns
    -------
    LossOutput
        If a state is not finite, neither are the loss and its gradients.
    """
    if torch.isfinite(student.states).all() and torch.isfinite(teacher.states).all():
        output: LossOutput = loss(student, teacher)
        return output
    return LossOutput(student.states.sum() * float("nan"))
