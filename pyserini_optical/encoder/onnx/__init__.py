"""A student's layers as an ONNX graph: exported once, found again, run by onnxruntime."""
