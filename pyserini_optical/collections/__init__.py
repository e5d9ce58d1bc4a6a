"""Collections of ir_datasets for Pyserini, and ours for ir_datasets."""

from pyserini_optical.collections.registration import register_collection, register_lowres_clir

__all__ = ["register_collection", "register_lowres_clir"]
