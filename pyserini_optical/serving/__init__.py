"""Search over a network: an HTTP service with a web page, and tools for language models."""
