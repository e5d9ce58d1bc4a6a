"""Token states by onnxruntime: layers as a graph, embedding tables in numpy. Does not load torch."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from pyserini_optical.encoder.onnx.files import FLOAT, INT8, find_onnx, read_onnx_files
from pyserini_optical.encoder.student import Student
from pyserini_optical.encoder.teacher import model_weights
from pyserini_optical.encoder.weights import list_tensors, verify_files
from pyserini_optical.errors import MissingExtra, OpticalError

GRAPHS = {"onnx": FLOAT, "onnx-int8": INT8}
BACKENDS = ("torch", *GRAPHS)


def choose_backend(student: Student, backend: str | None, device: str) -> str:
    """Choose what runs a student's layers.

    Parameters
    ----------
    backend : {"torch", "onnx", "onnx-int8"}, optional
        By default onnx in float32 if the student was exported and onnxruntime is installed, else torch. int8 changes
        rankings a little, so it is never the default.
    device : str
        A torch device; onnx only runs on the CPU.

    Raises
    ------
    OpticalError
        There is no such backend, it cannot run on this device, or the student was not exported.
    MissingExtra
        onnxruntime is not installed.
    """
    if backend is None:
        usable = device == "cpu" and importlib.util.find_spec("onnxruntime") is not None
        return "onnx" if usable and find_onnx(student) is not None else "torch"
    if backend not in BACKENDS:
        raise OpticalError(f"backend {backend!r} is unknown; choose one of {', '.join(BACKENDS)}")
    if backend in GRAPHS:
        if device != "cpu":
            raise OpticalError(f"backend {backend!r} runs only on the CPU; leave out --device {device}")
        if importlib.util.find_spec("onnxruntime") is None:
            raise MissingExtra("onnxruntime", "onnx")
        if find_onnx(student) is None:
            raise _not_exported(student)
    return backend


def _not_exported(student: Student) -> OpticalError:
    return OpticalError(f"{student.name}: has no ONNX export; run once: pyserini-optical export {student.name} --onnx")


class OnnxLayers:
    """The layers of a student, loaded once for all languages that share them.

    Parameters
    ----------
    backend : {"onnx", "onnx-int8"}
    threads : int, optional
        By default `OMP_NUM_THREADS`, else onnxruntime's choice.

    Raises
    ------
    OpticalError
        The export is missing, damaged, or of other layers.
    """

    def __init__(self, student: Student, backend: str, threads: int | None = None) -> None:
        import onnxruntime

        folder = find_onnx(student)
        if folder is None:
            raise _not_exported(student)
        self.files = read_onnx_files(folder)
        layers, sha256 = student.find_layers()
        self.weights = model_weights(layers)
        expected = sha256.get(self.weights.relative_to(layers).as_posix())
        if expected is not None and expected != self.files.layers_sha256:
            raise OpticalError(
                f"{folder}: was not exported from the layers of {student.name}; "
                f"run pyserini-optical export {student.name} --onnx --overwrite"
            )
        verify_files(folder, {GRAPHS[backend]: self.files.sha256[GRAPHS[backend]]})
        onnxruntime.disable_telemetry_events()  # some builds store them in the user's cache
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or int(os.environ.get("OMP_NUM_THREADS") or 0)
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(folder / GRAPHS[backend]),
            options,
            providers=["CPUExecutionProvider"],
            # The fused operator is several times slower than a separate sum and norm.
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        found = self.session.get_outputs()[0].shape[-1]
        if isinstance(found, int) and found != student.checkpoint.dimension:
            raise OpticalError(
                f"{folder}: the graph has {found} dimensions, but optical.json says {student.checkpoint.dimension}; "
                "export again"
            )

    def read_table(self) -> np.ndarray:
        """Read the embedding table that belongs to the layers.

        Returns
        -------
        ndarray of float32, shape (subwords, d)
        """
        weights = self.weights
        if weights.suffix == ".json":
            weights = list_tensors(weights)[self.files.embeddings]
        return read_tensor(weights, self.files.embeddings)


def read_tensor(path: Path, name: str) -> np.ndarray:
    """Read one tensor of a safetensors file as float32.

    Parameters
    ----------
    name : str
        Name of the tensor; files saved from a model with a head prefix it.

    Returns
    -------
    ndarray of float32

    Raises
    ------
    OpticalError
        The file has no such tensor.
    """
    with safe_open(str(path), framework="numpy") as file:
        found = next((key for key in file.keys() if key == name or key.endswith(f".{name}")), None)  # noqa: SIM118
        if found is None:
            raise OpticalError(f"{path}: has no tensor {name}; export the student to ONNX again")
        return file.get_tensor(found).astype(np.float32, copy=False)


class OnnxBackend:
    """Run the layers on batches of token ids, with one embedding table.

    Parameters
    ----------
    embed : callable
        Maps ids, an ndarray of int64, to embeddings, an ndarray of float32 with one more axis.
    """

    lanes = 1  # a session has its own threads
    packs_rows = False  # float32 would gain a twentieth, int8 lose as much: a call costs less than in torch

    def __init__(self, layers: OnnxLayers, embed: Callable[[np.ndarray], np.ndarray]) -> None:
        self.layers, self.embed = layers, embed
        self._run: Callable[..., Any] = layers.session.run

    def with_embeddings(self, embed: Callable[[np.ndarray], np.ndarray]) -> "OnnxBackend":
        """Make a backend with the same layers."""
        return OnnxBackend(self.layers, embed)

    def token_states(self, ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compute the last layer's states.

        Parameters
        ----------
        ids : ndarray of int64, shape (n, t)
        mask : ndarray of int64, shape (n, t)
            1 for a token, 0 for padding.

        Returns
        -------
        states : ndarray of float32, shape (n, t, d)
        mask : ndarray of float32, shape (n, t)
        """
        (states,) = self._run(None, {"embeddings": self.embed(ids), "mask": mask})
        return states, mask.astype(np.float32)

    packed_states = token_states
