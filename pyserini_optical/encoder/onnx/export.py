"""The layers of a student as ONNX files: in float32, and in int8.

The graph starts after the embedding table, so languages that share the layers also share the file.
"""

import importlib.util
import json
import warnings
from pathlib import Path
from typing import Any

from pyserini_optical.encoder.onnx.files import FLOAT, FORMAT, INT8, SETTINGS, OnnxFiles, cache_folder
from pyserini_optical.encoder.onnx.int8 import quantise_graph
from pyserini_optical.encoder.student import find_student
from pyserini_optical.encoder.teacher import model_weights
from pyserini_optical.encoder.weights import verify_files
from pyserini_optical.errors import MissingExtra
from pyserini_optical.files import checksum, write_folder

OPSET = 17


def export_onnx(name: str, output: str | Path | None = None, overwrite: bool = False) -> Path:
    """Write the layers of a student as `model.onnx` and `model.int8.onnx`.

    Parameters
    ----------
    name : str
        See :func:`~pyserini_optical.encoder.find_student`.
    output : str or Path, optional
        Folder to write; by default the cache folder where the query encoder looks for these layers.
    overwrite : bool
        Replace an existing folder.

    Returns
    -------
    Path
        The folder, with the two graphs and `onnx.json`, which identifies the layers.

    Raises
    ------
    OpticalError
        The student cannot be loaded or the folder exists.
    MissingExtra
        onnx or onnxruntime is not installed.
    """
    for package in ("onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(package, "onnx")
    from pyserini_optical.encoder.torch_backend import load_backend

    student = find_student(name)
    folder, sha256 = student.find_layers()
    verify_files(folder, sha256)
    weights = checksum(model_weights(folder))
    model = load_backend(folder, student.checkpoint.dimension)
    target = cache_folder(weights) if output is None else Path(output)
    with write_folder(target, overwrite=overwrite) as partial:
        _write_graph(model.layers, model.head, partial / FLOAT)
        quantise_graph(partial / FLOAT, partial / INT8)
        files = OnnxFiles(
            layers_sha256=weights,
            embeddings=_name_embeddings(model.layers),
            sha256={file: checksum(partial / file) for file in (FLOAT, INT8)},
        )
        content = {"format": FORMAT, **files.__dict__}
        (partial / SETTINGS).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return target


def _name_embeddings(layers: Any) -> str:
    table = layers.get_input_embeddings().weight
    return next(name for name, parameter in layers.named_parameters() if parameter is table)


def _write_graph(layers: Any, head: Any, path: Path) -> None:
    import torch

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = layers
            self.head = torch.nn.Identity() if head is None else head

        def forward(self, embeddings: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            # Passing the attention bias ready-made keeps the shape checks of transformers out of the graph.
            bias = (1 - mask.to(embeddings.dtype))[:, None, None, :] * torch.finfo(torch.float32).min
            return self.head(self.layers(inputs_embeds=embeddings, attention_mask=bias).last_hidden_state)

    layers.set_attn_implementation("eager")
    example = torch.zeros(2, 7, layers.get_input_embeddings().embedding_dim), torch.ones(2, 7, dtype=torch.int64)
    free = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        # The exporter that torch now recommends needs onnxscript, one more package for the same graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph(),
            example,
            str(path),
            input_names=["embeddings", "mask"],
            output_names=["states"],
            dynamic_axes={"embeddings": free, "mask": free, "states": free},
            opset_version=OPSET,
            dynamo=False,
        )
