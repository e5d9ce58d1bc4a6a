"""Reading and writing files, with atomic writes.

Every writer of the package goes through :func:`write_file`, :func:`write_folder` or :func:`update_folder`: the content
is written beside its destination under a temporary name, flushed to the disk and renamed. A process killed at any
moment leaves the old result or the new one (and, perhaps, a hidden `.<name>.<digits>.partial`, which may be deleted).
"""

from pyserini_optical.files.json_reading import expect_object, name_type, parse_object, read_json, read_object
from pyserini_optical.files.packing import without_packing
from pyserini_optical.files.reading import checksum, open_text, read_yaml
from pyserini_optical.files.updating import update_folder
from pyserini_optical.files.writing import refuse_overwrite, write_file, write_folder, write_json

__all__ = [
    "checksum",
    "expect_object",
    "name_type",
    "open_text",
    "parse_object",
    "read_json",
    "read_object",
    "read_yaml",
    "refuse_overwrite",
    "update_folder",
    "without_packing",
    "write_file",
    "write_folder",
    "write_json",
]
