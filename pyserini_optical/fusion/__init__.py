"""Fusion of ranked lists: reciprocal ranks, weighted sums of normalised scores, weights that adapt to the query."""

from pyserini_optical.fusion.fuse import fuse

__all__ = ["fuse"]
