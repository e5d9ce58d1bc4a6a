"""What a student is, beside its weights: `optical.json`, and the checksums in it."""

from pyserini_optical.encoder.checkpoint.content import DEFAULT_TEACHER, Checkpoint, Pack, Teacher
from pyserini_optical.encoder.checkpoint.optical_json import FILE, read_checkpoint, write_checkpoint
from pyserini_optical.encoder.checkpoint.weights import find_weights, verify_files, verify_student

__all__ = [
    "DEFAULT_TEACHER",
    "FILE",
    "Checkpoint",
    "Pack",
    "Teacher",
    "find_weights",
    "read_checkpoint",
    "verify_files",
    "verify_student",
    "write_checkpoint",
]
