"""Token vectors of queries and documents: from ColBERT in Stanford's or PyLate's layout, or any encoder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from pyserini_optical.encoder import teacher_folder
from pyserini_optical.encoder.batches import pad_ids, run_batches
from pyserini_optical.encoder.checkpoint import DEFAULT_TEACHER
from pyserini_optical.encoder.packs import read_tokenizer
from pyserini_optical.encoder.teacher_tokenizer import TOKENIZER
from pyserini_optical.encoder.text import normalise
from pyserini_optical.encoder.torch_backend import TorchBackend, load_layers
from pyserini_optical.encoder.weights import find_weights
from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.layouts import TokenLayout, read_layout, read_settings

_ACTIVATIONS = {
    "Identity": torch.nn.Identity,
    "GELU": torch.nn.GELU,
    "ReLU": torch.nn.ReLU,
    "SiLU": torch.nn.SiLU,
    "Tanh": torch.nn.Tanh,
}


class Projection(torch.nn.Module):
    """One layer: an affine map, an activation, and in some PyLate checkpoints a residual path around them.

    Parameters
    ----------
    weight : torch.Tensor, shape (d_out, d_in)
    bias : torch.Tensor, shape (d_out,), optional
    residual : torch.Tensor, shape (d_out, d_in), optional
        The map of the residual path; where the sizes agree the path is the identity.
    """

    weight: torch.Tensor
    bias: torch.Tensor | None
    residual: torch.Tensor | None

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        activation: torch.nn.Module,
        residual: torch.Tensor | None,
        has_residual: bool,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.register_buffer("residual", residual)
        self.activation = activation
        self.has_residual = has_residual

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Map states (..., d_in) to (..., d_out)."""
        projected = self.activation(torch.nn.functional.linear(states, self.weight, self.bias))
        if not self.has_residual:
            return projected
        return projected + (states if self.residual is None else torch.nn.functional.linear(states, self.residual))


def load_projections(paths: Sequence[Path]) -> torch.nn.Sequential:
    """Load the projections of a checkpoint, in order.

    Parameters
    ----------
    paths : sequence of Path
        Safetensors files with `linear.weight`; none gives the identity.

    Raises
    ------
    OpticalError
        A file is missing, damaged, only there pickled, or its activation is unknown.
    """
    return torch.nn.Sequential(*(_load_projection(path) for path in paths))


def _load_projection(path: Path) -> Projection:
    find_weights(path.parent)
    try:
        with safe_open(path, framework="pt") as tensors:
            held = set(tensors.keys())
            if "linear.weight" not in held:
                raise OpticalError(f"{path}: has no projection (linear.weight); fetch the model again")
            weight = tensors.get_tensor("linear.weight").float()
            bias, residual = (
                tensors.get_tensor(name).float() if name in held else None
                for name in ("linear.bias", "residual.weight")
            )
    except (OSError, SafetensorError) as error:
        raise OpticalError(f"{path}: cannot be read ({error}); fetch the model again") from error
    settings = read_settings(path.parent / "config.json")
    activation = settings.get("activation_function", "torch.nn.modules.linear.Identity").rsplit(".", 1)[-1]
    if activation not in _ACTIVATIONS:
        raise OpticalError(
            f"{path.parent}: activation {activation} is unknown; known activations are {', '.join(_ACTIVATIONS)}"
        )
    return Projection(weight, bias, _ACTIVATIONS[activation](), residual, bool(settings.get("use_residual", False)))


_MASK_TOKENS = ("[MASK]", "<mask>")


class TokenEncoder:
    """Encode texts to normalised token vectors, as the checkpoint was trained to.

    Parameters
    ----------
    name : str
        A folder, or a teacher, see :func:`~pyserini_optical.encoder.teacher_folder`.
    device : str
        A torch device.
    batch_size : int
        Texts per batch, if batches run one after another; texts are sorted by length.

    Attributes
    ----------
    layout : TokenLayout
        Markers, lengths, expansion and skiplist, as the checkpoint states them.
    dimension : int
        Size of a token vector.

    Raises
    ------
    OpticalError
        The checkpoint cannot be found or loaded, or its tokenizer lacks a token that its settings name.

    References
    ----------
    Khattab and Zaharia, *ColBERT*, SIGIR 2020, section 3.2: markers, query augmentation, punctuation filter.
    """

    def __init__(self, name: str = DEFAULT_TEACHER, device: str = "cpu", batch_size: int = 32) -> None:
        self.name = name
        self.batch_size = batch_size
        self.layout: TokenLayout = read_layout(name if Path(name).is_dir() else teacher_folder(name))
        config = read_settings(self.layout.layers / "config.json")
        self._tokenizer = read_tokenizer(self.layout.layers / TOKENIZER)
        self._tokenizer.no_padding()
        self._backend = TorchBackend(load_layers(self.layout.layers, config["hidden_size"], device))
        self._projections = load_projections(self.layout.projections).to(device)
        self.dimension: int = config["hidden_size"]
        for projection in self._projections:
            self.dimension = len(projection.weight)  # type: ignore[arg-type]
        self._query_marker = self._token_id(self.layout.query_marker)
        self._document_marker = self._token_id(self.layout.document_marker)
        self._mask_token = self._find_mask_token() if self.layout.expand_queries else 0
        skipped = [self._tokenizer.token_to_id(word) for word in self.layout.skiplist]
        self._skipped = np.array([identifier for identifier in skipped if identifier is not None], dtype=np.int64)

    def encode_queries(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Encode queries; with query augmentation every query has `layout.query_length` vectors.

        Returns
        -------
        list of numpy.ndarray, each of shape (tokens, d), float32
            Normalised, in the order of `texts`.

        Raises
        ------
        OpticalError
            A query is empty.
        """
        for position, text in enumerate(texts):
            if not text.strip():
                raise OpticalError(f"query {position + 1} of {len(texts)} is empty; fix the topics file")
        length, expand = self.layout.query_length, self.layout.expand_queries
        ids_of_texts = self._tokenise(texts, length, self._query_marker)
        return self._encode(ids_of_texts, padded_to=length if expand else None)

    def encode_documents(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Encode passages; tokens on the skiplist get no vector.

        Returns
        -------
        list of numpy.ndarray, each of shape (tokens, d), float32
            Normalised, in the order of `texts`; an empty text has the vectors of its special tokens.
        """
        ids_of_texts = self._tokenise(texts, self.layout.document_length, self._document_marker)
        vectors = self._encode(ids_of_texts, padded_to=None)
        if not len(self._skipped):
            return vectors
        kept = [~np.isin(ids, self._skipped) for ids in ids_of_texts]
        return [tokens[keep] for tokens, keep in zip(vectors, kept, strict=True)]

    def _token_id(self, token: str) -> int | None:
        if not token:
            return None
        identifier = self._tokenizer.token_to_id(token)
        if identifier is None:
            raise OpticalError(f"{self.layout.layers}: the tokenizer lacks the marker {token!r}; fetch the model again")
        return identifier

    def _find_mask_token(self) -> int:
        known = [self._tokenizer.token_to_id(token) for token in _MASK_TOKENS]
        found = next((identifier for identifier in known if identifier is not None), None)
        if found is None:
            raise OpticalError(
                f"{self.layout.layers}: queries are padded with mask tokens, but the tokenizer has none; fetch "
                "the model again"
            )
        return found

    def _tokenise(self, texts: Sequence[str], length: int, marker: int | None) -> list[list[int]]:
        self._tokenizer.enable_truncation(length if marker is None else length - 1)
        ids_of_texts = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        return ids_of_texts if marker is None else [[ids[0], marker, *ids[1:]] for ids in ids_of_texts]

    def _encode(self, ids_of_texts: list[list[int]], padded_to: int | None) -> list[np.ndarray]:
        vectors: list[np.ndarray] = [np.empty(0)] * len(ids_of_texts)

        @torch.inference_mode()
        def run(positions: list[int]) -> tuple[list[int], np.ndarray]:
            ids, mask = pad_ids([ids_of_texts[position] for position in positions], self._mask_token, padded_to)
            if padded_to and self.layout.attend_to_expansion:
                mask[:] = 1
            states, _ = self._backend.token_states(ids, mask)
            return positions, normalise(self._projections(states)).cpu().numpy()

        for positions, values in run_batches(run, ids_of_texts, self.batch_size, self._backend.lanes):
            for row, position in enumerate(positions):
                vectors[position] = values[row, : padded_to or len(ids_of_texts[position])]
        return vectors
