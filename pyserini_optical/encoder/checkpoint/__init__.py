"""What a student is, beside its weights: `optical.json`, and the checksums in it."""

from pyserini_optical.encoder.checkpoint.content import (
    DEFAULT_TEACHER,
    DEFAULT_TEACHER_SHA256,
    Checkpoint,
    Pack,
    Teacher,
)
from pyserini_optical.encoder.checkpoint.optical_json import FILE, read_checkpoint, write_checkpoint
from pyserini_optical.encoder.checkpoint.weights import (
    find_weights,
    list_tensors,
    read_tensors,
    verify_files,
    verify_student,
)

__all__ = [
    "DEFAULT_TEACHER",
    "DEFAULT_TEACHER_SHA256",
    "FILE",
    "Checkpoint",
    "Pack",
    "Teacher",
    "find_weights",
    "list_tensors",
    "read_checkpoint",
    "read_tensors",
    "verify_files",
    "verify_student",
    "write_checkpoint",
]
