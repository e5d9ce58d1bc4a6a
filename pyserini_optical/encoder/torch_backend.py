"""Token states by torch: a Hugging Face model, with its own embedding table or a language pack's."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from pyserini_optical.encoder.checkpoint import find_weights
from pyserini_optical.errors import OpticalError

logger = logging.getLogger(__name__)


def load_layers(folder: str | Path, dimension: int, device: str = "cpu", fp16: bool = False) -> torch.nn.Module:
    """Load the model of a Hugging Face folder, for inference.

    Parameters
    ----------
    folder : str or Path
        `config.json` and safetensors weights.
    dimension : int
        The size its states must have.
    device : str
        A torch device.
    fp16 : bool
        Half precision; on a GPU only.

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    OpticalError
        The weights are missing, pickled, damaged, incomplete or of another dimension.
    """
    from transformers import AutoModel

    weights = find_weights(folder)
    try:
        model, report = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise OpticalError(f"{weights}: cannot be loaded ({reason}); fetch the weights again") from error
    absent = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    if absent:
        raise OpticalError(f"{weights}: lacks {len(absent)} tensors, {absent[0]} among them; fetch the weights again")
    if model.config.hidden_size != dimension:
        raise OpticalError(
            f"{folder}: the model has {model.config.hidden_size} dimensions, optical.json says {dimension}; "
            "one of the two belongs to another student"
        )
    if fp16 and not device.startswith("cuda"):
        logger.warning("fp16 needs a GPU; encoding in float32 on %s", device)
        fp16 = False
    model.requires_grad_(False)
    return model.eval().to(device=device, dtype=torch.float16 if fp16 else torch.float32)


class TorchBackend:
    """Run a model on batches of token ids.

    Parameters
    ----------
    layers : torch.nn.Module
        A Hugging Face encoder; packs of several languages share one.
    rows : ndarray of int8, shape (pieces, d), optional
        A pack's embedding table in place of the model's.
    scales : ndarray of float32, shape (pieces,), optional
        One factor a row; given with `rows`.
    """

    def __init__(self, layers: Any, rows: np.ndarray | None = None, scales: np.ndarray | None = None) -> None:
        self.layers = layers
        self._rows = None if rows is None else torch.from_numpy(rows).to(layers.device)
        self._scales = None if scales is None else torch.from_numpy(scales).to(layers.device)

    @torch.inference_mode()
    def token_states(self, ids: np.ndarray, mask: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the last layer's states.

        Parameters
        ----------
        ids : ndarray of int64, shape (n, t)
        mask : ndarray of int64, shape (n, t)
            1 for a token, 0 for padding.

        Returns
        -------
        states : Tensor of float32, shape (n, t, d)
        mask : Tensor of float32, shape (n, t)
        """
        tokens = torch.from_numpy(ids).to(self.layers.device)
        present = torch.from_numpy(mask).to(self.layers.device)
        if self._rows is None or self._scales is None:
            output = self.layers(input_ids=tokens, attention_mask=present)
        else:
            embedded = self._rows[tokens].to(torch.float32) * self._scales[tokens][..., None]
            output = self.layers(inputs_embeds=embedded.to(self.layers.dtype), attention_mask=present)
        return output.last_hidden_state.float(), present.float()
