"""The layers of a student as ONNX files: float32, and int8 by onnxruntime's dynamic quantisation.

The graph begins after the embedding table. Languages that share the layers share the file, and cost their table alone.
"""

import importlib.util
import json
import logging
import re
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

from pyserini_optical.encoder.onnx.files import FLOAT, FORMAT, INT8, SETTINGS, OnnxFiles, cache_folder
from pyserini_optical.encoder.student import find_student
from pyserini_optical.encoder.teacher import model_weights
from pyserini_optical.encoder.weights import verify_files
from pyserini_optical.errors import MissingExtra
from pyserini_optical.files import checksum, write_folder

OPSET = 17

KEPT = re.compile(r"attention/(self/value|v_lin|attn/v)/|(?<!attention)/output/dense/|/ffn/lin2/")
"""Products that int8 leaves in float32, those of attention's values and at a layer's end: rounding them costs most."""


def export_onnx(name: str, output: str | Path | None = None, overwrite: bool = False) -> Path:
    """Write the layers of a student as `model.onnx` and `model.int8.onnx`.

    Parameters
    ----------
    name : str
        As :func:`~pyserini_optical.encoder.find_student` takes it.
    output : str or Path, optional
        Folder to write; by default the cache folder where the query encoder looks for these layers.
    overwrite : bool
        Replace a folder that is there already.

    Returns
    -------
    Path
        The folder: the two graphs and `onnx.json`, which says whose layers they are.

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
        _quantise(partial / FLOAT, partial / INT8)
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
            # Given ready made, the attention bias spares the graph the shape tests that transformers would trace.
            bias = (1 - mask.to(embeddings.dtype))[:, None, None, :] * torch.finfo(torch.float32).min
            return self.head(self.layers(inputs_embeds=embeddings, attention_mask=bias).last_hidden_state)

    layers.set_attn_implementation("eager")
    example = torch.zeros(2, 7, layers.get_input_embeddings().embedding_dim), torch.ones(2, 7, dtype=torch.int64)
    free = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        # The exporter that torch recommends instead needs onnxscript, one package more for the same graph.
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


def _quantise(source: Path, target: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    previous = logging.root.level
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / FLOAT
        logging.root.setLevel(logging.ERROR)  # onnxruntime logs advice about its own steps on the root logger
        try:
            shutil.copy(source, prepared)
            quant_pre_process(prepared, prepared, skip_symbolic_shape=True)
            kept = [node.name for node in onnx.load(prepared).graph.node if KEPT.search(node.name)]
            # Seven bits of weight: eight overflow the 16-bit sums of processors without VNNI.
            quantize_dynamic(
                prepared,
                target,
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=kept,
            )
        finally:
            logging.root.setLevel(previous)
