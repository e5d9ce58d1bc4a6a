"""The text of passages: stored in the Lucene index, or from the indexed collection."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import parse_object


def split_contents(document: Mapping[str, Any]) -> tuple[str, str]:
    """Split a document of a Pyserini collection into title and text.

    Parameters
    ----------
    document : mapping
        A document of a JSON collection: `contents` or `text`, and optionally `title`.

    Returns
    -------
    title, text : str
        Without a field `title`, the first of several lines is the title, as Pyserini's encoders read `contents`.
    """
    contents = str(document.get("contents") or document.get("text") or "")
    title = str(document.get("title") or "").strip()
    if not title:
        first, _, rest = contents.partition("\n")
        return (first.strip(), rest.strip()) if rest.strip() else ("", contents.strip())
    return title, contents.strip().removeprefix(title).strip()


def read_stored(raw: str | None) -> tuple[str, str]:
    """Read the stored text of a document in a Lucene index.

    Parameters
    ----------
    raw : str or None
        The field `raw`, filled by `--storeRaw`.

    Returns
    -------
    title, text : str
        Empty if the index stores no text.
    """
    if not raw:
        return "", ""
    try:
        document = json.loads(raw)
    except ValueError:
        return split_contents({"contents": raw})
    return split_contents(document if isinstance(document, dict) else {"contents": raw})


class Collection:
    """Look passages up in the files of a JSON collection, keeping only their offsets in memory.

    Parameters
    ----------
    path : str or Path
        A `.jsonl` file or a folder of such files, as indexed by Pyserini: one object per line with `id` (or `_id`) and
        `contents`.

    Raises
    ------
    OpticalError
        There is no such file, or a line is not an object of this form.
    """

    def __init__(self, path: str | Path) -> None:
        files = sorted(Path(path).rglob("*.jsonl")) if Path(path).is_dir() else [Path(path)]
        if not files or not files[0].is_file():
            raise OpticalError(f"{path}: contains no .jsonl file; name the collection that was indexed")
        self._files = files
        self._places: dict[str, tuple[int, int]] = {}
        for number, file in enumerate(files):
            with open(file, "rb") as lines:
                start = 0
                for count, line in enumerate(lines, start=1):
                    if line.strip():
                        self._places[_read_id(line, f"{file}:{count}")] = number, start
                    start += len(line)

    def __len__(self) -> int:
        return len(self._places)

    def look_up(self, docid: str) -> tuple[str, str]:
        """Read one passage.

        Returns
        -------
        title, text : str

        Raises
        ------
        OpticalError
            The collection has no such passage.
        """
        if docid not in self._places:
            raise OpticalError(f"document {docid!r} is not in the collection; name the collection that was indexed")
        number, start = self._places[docid]
        with open(self._files[number], "rb") as file:
            file.seek(start)
            return split_contents(json.loads(file.readline()))


def _read_id(line: bytes, place: str) -> str:
    document = parse_object(line, place, "name the collection that was indexed")
    name = next((name for name in ("id", "_id") if name in document), None)
    if name is None:
        raise OpticalError(f"{place}: has no `id`; name the collection that was indexed")
    return str(document[name])
