"""What `pyserini-optical doctor` looks at, one kind a file; nothing here imports more than the standard library."""
