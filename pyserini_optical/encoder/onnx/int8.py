"""Layers in int8: products with weights become integer products, with one scale per token.

onnxruntime's own dynamic quantisation has one scale for all tokens of a batch, so that a text's vector depends on the
other texts in the batch, and one outlier token costs all others their precision.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

PRECISE = re.compile(r"attention/(self/value|v_lin|attn/v)/|(?<!attention)/output/dense/|/ffn/lin2/")
"""Products whose weights are rounded in two steps, those of attention's values and at a layer's end: there it costs
most."""

LARGEST, ZERO = 127, 128
"""Largest magnitude and zero point of a token's values as unsigned bytes."""

LARGEST_WEIGHT = 63
"""Seven bits: eight overflow the 16-bit sums of processors without VNNI."""

LEAST = np.finfo(np.float32).tiny


def quantise_graph(source: str | Path, target: str | Path) -> None:
    r"""Write an ONNX graph with integer products in place of products with weights.

    .. math:: x W \approx m \, (q \, V) \frac{s}{127}, \quad m = \max_i |x_i|, \quad q = \mathrm{round}(127 x / m)

    for each token x, with :math:`W \approx V \, \mathrm{diag}(s)`, one scale per column. Where :data:`PRECISE` matches,
    the rounding residual of W is rounded in turn and added.

    Parameters
    ----------
    source : str or Path
        A graph in float32.

    References
    ----------
    Yao et al., *ZeroQuant: Efficient and Affordable Post-Training Quantization for Large-Scale Transformers*, NeurIPS
    2022 (one scale per token); Dettmers et al., *LLM.int8()*, NeurIPS 2022.
    """
    import onnx

    model = onnx.load(source)
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    products = _Products(graph.initializer)
    nodes = []
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            nodes += products.replace(node, onnx.numpy_helper.to_array(weights[node.input[1]]))
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    read = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in read]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    if all(each.domain != "com.microsoft" for each in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, target)


class _Products:
    """Make the nodes that replace a product; nodes that several products share are made once."""

    def __init__(self, initializers: Any) -> None:
        self._initializers = initializers
        self._inputs: set[str] = set()
        self._zero = self._constant("int8/zero", np.uint8(ZERO))
        self._step = self._constant("int8/step", np.float32(1 / LARGEST))
        self._least = self._constant("int8/least", np.float32(LEAST))

    def replace(self, node: Any, weight: np.ndarray) -> list[Any]:
        from onnx.helper import make_node

        given, given_out = node.input[0], node.output[0]
        rounded, largest = f"{given}/rounded", f"{given}/largest"
        nodes = [] if given in self._inputs else self._round(given, rounded, largest)
        parts = [round_columns(weight)]
        if PRECISE.search(node.name):
            whole, scale = parts[0]
            parts.append(round_columns(weight - whole * scale))
        whole, scale = (np.concatenate(each, axis=-1) for each in zip(*parts, strict=True))
        integers, scales = self._constant(f"{node.name}/weight", whole), self._constant(f"{node.name}/scale", scale)
        product = f"{node.name}/product"
        inputs = [rounded, integers, self._step, scales, self._zero]
        nodes.append(make_node("MatMulIntegerToFloat", inputs, [product], product, domain="com.microsoft"))
        if len(parts) > 1:
            halves = [f"{product}/{number}" for number in range(len(parts))]
            nodes.append(make_node("Split", [product], halves, f"{node.name}/split", axis=-1))
            product = f"{node.name}/sum"
            nodes.append(make_node("Add", halves, [product], product))
        return [*nodes, make_node("Mul", [product, largest], [given_out], node.name)]

    def _round(self, given: str, rounded: str, largest: str) -> list[Any]:
        from onnx.helper import make_node

        self._inputs.add(given)
        size, found, unit = f"{given}/size", f"{given}/most", f"{given}/unit"
        return [
            make_node("Abs", [given], [size], size),
            make_node("ReduceMax", [size], [found], found, axes=[-1], keepdims=1),
            make_node("Max", [found, self._least], [largest], largest),
            make_node("Div", [given, largest], [unit], unit),
            make_node("QuantizeLinear", [unit, self._step, self._zero], [rounded], rounded),
        ]

    def _constant(self, name: str, value: Any) -> str:
        from onnx.numpy_helper import from_array

        self._initializers.append(from_array(np.asarray(value), name))
        return name


def round_columns(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round a matrix to integers, with one scale per column.

    Parameters
    ----------
    weight : ndarray of float32, shape (inputs, outputs)

    Returns
    -------
    whole : ndarray of int8, shape (inputs, outputs)
        At most :data:`LARGEST_WEIGHT` in magnitude.
    scale : ndarray of float32, shape (outputs,)
        `whole * scale` approximates the matrix.
    """
    scale = np.maximum(np.abs(weight).max(axis=0), LEAST) / LARGEST_WEIGHT
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)
