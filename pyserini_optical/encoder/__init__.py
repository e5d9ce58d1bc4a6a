"""Students and teachers: the checkpoint format, the query encoder and the document encoder.

Names are imported on first use, so that locating a student does not load torch.
"""

from pyserini_optical.lazy import import_lazily

_HOMES = {
    "Checkpoint": "checkpoint",
    "read_checkpoint": "checkpoint",
    "write_checkpoint": "checkpoint",
    "OpticalDocumentEncoder": "document",
    "export_student": "export",
    "Student": "student",
    "find_student": "student",
    "read_pack": "packs",
    "OpticalQueryEncoder": "query",
    "load_query_encoder": "query",
    "teacher_folder": "teacher",
}

__all__ = sorted(_HOMES)

__getattr__ = import_lazily(__name__, _HOMES)
