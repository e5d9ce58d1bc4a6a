"""A student's layers as an ONNX graph, exported once and run by onnxruntime."""
