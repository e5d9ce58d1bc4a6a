"""Fusion of ranked lists: reciprocal ranks, weighted sums of normalised scores, weights that adapt to the query."""

from pyserini_optical.fusion.fuse import METHODS, fuse, fuse_lists
from pyserini_optical.fusion.normalisation import NORMALISATIONS

__all__ = ["METHODS", "NORMALISATIONS", "fuse", "fuse_lists"]
