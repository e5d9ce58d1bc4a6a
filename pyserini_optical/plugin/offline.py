"""Pyserini 2.4.0 reads its index catalogues over the network while it is imported; without one, they stay empty."""

from types import ModuleType


def allow_offline_import() -> None:
    """Prepare for the import of the catalogues."""


def restore_network(_module: ModuleType) -> None:
    """Undo what was prepared."""
