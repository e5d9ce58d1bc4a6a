"""An encoder for distillation: texts in, token states out."""

from pathlib import Path
from typing import Any

import torch

from pyserini_optical.distillation.states import TokenStates
from pyserini_optical.encoder.head import Head
from pyserini_optical.encoder.module_reading import read_modules
from pyserini_optical.encoder.torch_backend import open_model


class JoinedEmbedding(torch.nn.Embedding):
    """An embedding table with trained rows followed by fixed ones.

    Parameters
    ----------
    own : torch.Tensor, shape (own subwords, d)
        Trained rows, the parameter `weight`.
    borrowed : torch.Tensor, shape (borrowed subwords, d)
        Fixed rows, not stored in checkpoints.
    padding_idx : int or None
        Id of the padding token, one of the trained rows.
    """

    borrowed: torch.Tensor

    def __init__(self, own: torch.Tensor, borrowed: torch.Tensor, padding_idx: int | None = None) -> None:
        super().__init__(len(own), own.shape[1], padding_idx=padding_idx, _weight=own)
        self.register_buffer("borrowed", borrowed, persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Look up the embeddings of subwords.

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


class TransformerEncoder(torch.nn.Module):
    """A Hugging Face encoder, with a projection to the index's vectors if it needs one.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        Model with the output `last_hidden_state`.
    head : Head, optional
        Maps the model's width to that of the index.
    pooling : {"mean", "cls"}
        How the teacher pools a text into one vector.
    unpooled : int
        Number of the teacher's marker tokens at the beginning, which are excluded from the mean and from alignments.
    """

    def __init__(self, model: Any, head: Head | None = None, pooling: str = "mean", unpooled: int = 0) -> None:
        super().__init__()
        self.model = model
        self.head = head
        self.pooling = pooling
        self.unpooled = unpooled

    @property
    def dimension(self) -> int:
        """Vector size."""
        return int(self.model.config.hidden_size if self.head is None else self.head.linear.out_features)

    def train(self, mode: bool = True) -> "TransformerEncoder":
        """Stay in evaluation mode: without dropout, states depend only on the text, as the teacher's do.

        Parameters
        ----------
        mode : bool
            Ignored.
        """
        return super().train(False)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        content: torch.Tensor,
        weights: torch.Tensor | None = None,
    ) -> TokenStates:
        """Encode a padded batch.

        Parameters
        ----------
        input_ids, attention_mask : torch.Tensor, shape (batch, tokens), int64
        content : torch.Tensor, shape (batch, tokens), bool
            Tokens that are neither padding nor special.
        weights : torch.Tensor, shape (batch, tokens), optional
            The importance of each token.

        Returns
        -------
        TokenStates
            States of shape (batch, tokens, d).
        """
        states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        if self.head is not None:
            states = self.head(states)
        mask = attention_mask.bool()
        mask[:, : self.unpooled] = False
        return TokenStates(states, mask, content, weights)

    @property
    def embeddings(self) -> torch.nn.Embedding:
        """The word embeddings."""
        return self.model.get_input_embeddings()

    def freeze_layers(self) -> None:
        """Train only the word embeddings, and the projection if there is one."""
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        self.embeddings.weight.requires_grad_(True)


def load_model(folder: str | Path) -> Any:
    """Load an encoder from a folder, for training or as a frozen teacher.

    Parameters
    ----------
    folder : str or Path
        A Hugging Face or sentence-transformers folder with safetensors weights.

    Returns
    -------
    transformers.PreTrainedModel
        In evaluation mode: without dropout, so that targets and states depend only on the text. Parameters that no
        token state depends on (a pooler) are frozen.

    Raises
    ------
    OpticalError
        The weights are missing, pickled, damaged or incomplete.
    """
    model = open_model(read_modules(folder).layers)
    freeze_unused(model)
    return model


def freeze_unused(model: Any) -> None:
    """Freeze parameters without effect on token states (a pooler): distributed training waits for their gradients."""
    pooler = getattr(model, "pooler", None)
    if pooler is not None:
        pooler.requires_grad_(False)
