"""JSON as the package writes it: two spaces deep, any letter as itself, a line end last."""

import json
from pathlib import Path
from typing import Any

from pyserini_optical.files.writing import write_file


def write_json(path: str | Path, content: Any, overwrite: bool = False) -> None:
    """Write a JSON file.

    Parameters
    ----------
    content : object
        What :func:`json.dump` takes.
    overwrite : bool
        Replace a file that is there already.

    Raises
    ------
    OpticalError
        As :func:`~pyserini_optical.files.write_file`.
    """
    with write_file(path, overwrite=overwrite) as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
