"""Token states by torch: a Hugging Face model, with its own embedding table or a language pack's."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from pyserini_optical.encoder.device import check_device, quietly
from pyserini_optical.encoder.head import Head, load_head
from pyserini_optical.encoder.module_reading import read_modules
from pyserini_optical.encoder.packed_rows import PackedRows
from pyserini_optical.encoder.weights import find_weights, list_tensors
from pyserini_optical.errors import OpticalError

logger = logging.getLogger(__name__)


def load_layers(folder: str | Path, dimension: int, device: str = "cpu", fp16: bool = False) -> torch.nn.Module:
    """Load the model of a Hugging Face folder, for inference.

    Parameters
    ----------
    folder : str or Path
        `config.json` and safetensors weights.
    dimension : int
        Size that its states must have.
    device : str
        A torch device.
    fp16 : bool
        Half precision; on a GPU only.

    Raises
    ------
    OpticalError
        The weights are missing, pickled, damaged, incomplete or of another dimension, or the device is unavailable.
    """
    check_device(device)
    model = open_model(folder)
    if model.config.hidden_size != dimension:
        raise OpticalError(
            f"{folder}: the model has {model.config.hidden_size} dimensions, but optical.json says {dimension}; "
            "one of the two belongs to another student"
        )
    if fp16 and not device.startswith("cuda"):
        logger.warning("fp16 needs a GPU; encoding in float32 on %s", device)
        fp16 = False
    model.requires_grad_(False)
    return model.eval().to(device=device, dtype=torch.float16 if fp16 else torch.float32)


@quietly()
def open_model(folder: str | Path) -> Any:
    """Open the model of a folder in single precision, whatever the precision of its weights.

    Parameters
    ----------
    folder : str or Path
        `config.json` and safetensors weights.

    Returns
    -------
    transformers.PreTrainedModel
        In evaluation mode; outputs `last_hidden_state`.

    Raises
    ------
    OpticalError
        The weights are missing, pickled, damaged or incomplete.
    """
    from transformers import AutoModel

    weights = find_weights(folder)
    list_tensors(weights)
    try:
        model, report = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise OpticalError(f"{weights}: cannot be loaded ({reason}); fetch the weights again") from error
    absent = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    if absent:
        raise OpticalError(f"{weights}: lacks {len(absent)} tensors, such as {absent[0]}; fetch the weights again")
    return take_backbone(model.eval())


def take_backbone(model: Any) -> Any:
    """Take the BERT out of a DPR encoder, which only outputs a pooled vector; return other models unchanged.

    Returns
    -------
    transformers.PreTrainedModel
        Outputs `last_hidden_state`.
    """
    if model.config.model_type != "dpr":
        return model
    from transformers import BertConfig

    backbone = model.question_encoder.bert_model
    known = BertConfig().to_dict().keys() - {"model_type", "architectures"}
    settings = {key: value for key, value in model.config.to_dict().items() if key in known}
    # The layers keep the attention implementation they were built for; the mask must match it.
    backbone.config = BertConfig(**settings, attn_implementation=model.config._attn_implementation)
    return backbone


def load_backend(folder: str | Path, dimension: int, device: str = "cpu", fp16: bool = False) -> "TorchBackend":
    """Load the model of a Hugging Face folder and, if it has one, its head.

    Parameters
    ----------
    dimension : int
        Vector size, after the head.
    device : str
        A torch device.
    fp16 : bool
        Half precision; on a GPU only.

    Raises
    ------
    OpticalError
        The weights are missing, pickled, damaged, incomplete or of another dimension.
    """
    head, layers = load_head(folder), read_modules(folder).layers
    if head is None:
        return TorchBackend(load_layers(layers, dimension, device, fp16))
    if head.linear.out_features != dimension:
        raise OpticalError(
            f"{folder}: its head has {head.linear.out_features} dimensions, but optical.json says {dimension}; "
            "fetch the student again"
        )
    return TorchBackend(load_layers(layers, head.linear.in_features, device, fp16), head=head)


class TorchBackend:
    """Run a model on batches of token ids.

    Parameters
    ----------
    layers : torch.nn.Module
        A Hugging Face encoder; packs of several languages share one.
    embed : callable, optional
        Maps ids, an ndarray of int64, to embeddings, an ndarray of float32 with one more axis: a pack's embeddings, in
        place of the model's.
    head : Head, optional
        Maps states to vectors, in single precision.
    """

    def __init__(
        self,
        layers: Any,
        embed: Callable[[np.ndarray], np.ndarray] | None = None,
        head: Head | None = None,
    ) -> None:
        self.layers = layers
        self.head = None if head is None else head.to(layers.device)
        self.embed = embed or self._look_up
        self._reads_ids = embed is None

    def with_embeddings(self, embed: Callable[[np.ndarray], np.ndarray]) -> "TorchBackend":
        """Make a backend with the same layers."""
        return TorchBackend(self.layers, embed, self.head)

    @property
    def lanes(self) -> int:
        """Batches to run in parallel: one per torch thread on a CPU, one on a GPU."""
        return torch.get_num_threads() if self.layers.device.type == "cpu" else 1

    @property
    def packs_rows(self) -> bool:
        """Whether several texts can share a row: the model must take positions that are counted from 0."""
        return bool(self.layers.config.model_type == "bert")

    def _look_up(self, ids: np.ndarray) -> np.ndarray:
        return self.read_table()[ids]

    def read_table(self) -> np.ndarray:
        """Read the model's own embedding table.

        Returns
        -------
        ndarray of float32, shape (subwords, d)
        """
        table: np.ndarray = self.layers.get_input_embeddings().weight.detach().float().cpu().numpy()
        return table

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
        present = torch.from_numpy(mask).to(self.layers.device)
        return self._run(self._read(ids), attention_mask=present), present.float()

    @torch.inference_mode()
    def packed_states(self, ids: np.ndarray, mask: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the same as :meth:`token_states`, but with several texts per row, so that padding costs nothing.

        Parameters
        ----------
        ids : ndarray of int64, shape (n, t)
        mask : ndarray of int64, shape (n, t)
            1 for a token, 0 for the padding after a text.

        Returns
        -------
        states : Tensor of float32, shape (n, t, d)
            Any values for padding.
        mask : Tensor of float32, shape (n, t)
        """
        if not self.packs_rows or len(mask) == 1:
            return self.token_states(ids, mask)
        device, dtype = self.layers.device, self.layers.dtype
        rows = PackedRows(mask)
        given = {name: rows.pack(values) for name, values in self._read(ids).items()}
        positions, texts = (torch.from_numpy(each).to(device) for each in (rows.positions, rows.texts))
        apart = (texts[:, None, :, None] != texts[:, None, None, :]).to(dtype) * torch.finfo(dtype).min
        states = rows.unpack(self._run(given, attention_mask=apart, position_ids=positions))
        return states, torch.from_numpy(mask).to(device).float()

    def _read(self, ids: np.ndarray) -> dict[str, torch.Tensor]:
        """The model's input: ids, or a pack's embeddings of them."""
        device = self.layers.device
        if self._reads_ids:
            return {"input_ids": torch.from_numpy(ids).to(device)}
        return {"inputs_embeds": torch.from_numpy(self.embed(ids)).to(device, self.layers.dtype)}

    def _run(self, read: dict[str, torch.Tensor], **more: torch.Tensor) -> torch.Tensor:
        states = self.layers(**read, **more).last_hidden_state.float()
        return states if self.head is None else self.head(states)
