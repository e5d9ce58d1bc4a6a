"""pyserini-optical: cross-lingual queries for the English indexes that Pyserini already holds."""

__version__ = "0.1.0"
