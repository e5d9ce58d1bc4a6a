"""Passages of a JSON lines collection, as Pyserini's JsonCollection lays them out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.late_interaction.store_builder import DocumentEncoder
from pyserini_optical.late_interaction.token_vectors import TokenVectors, join_texts

_SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")


def read_passages(path: str | Path) -> Iterator[tuple[str, str]]:
    """Read passages: one JSON object a line with `id`, `contents` and, if there is one, `title`.

    Parameters
    ----------
    path : str or Path
        A file, plain or gzip, or a folder of such files, read in the order of their names.

    Yields
    ------
    docid : str
    text : str
        Title and contents, with a space between.

    Raises
    ------
    OpticalError
        There is no such file, or a line is not such an object; the message names file and line.
    """
    path = Path(path)
    files = sorted(file for file in path.iterdir() if file.name.endswith(_SUFFIXES)) if path.is_dir() else [path]
    if not files:
        raise OpticalError(
            f"{path}: holds no {' or '.join(_SUFFIXES)} file; name the folder of a JSON lines collection"
        )
    for file in files:
        with open_text(file) as lines:
            for number, line in enumerate(lines, start=1):
                yield _parse_passage(line, f"{file}:{number}")


def _parse_passage(line: str, place: str) -> tuple[str, str]:
    try:
        passage = json.loads(line)
        docid, contents = passage["id"], passage["contents"]
    except json.JSONDecodeError as error:
        raise OpticalError(f"{place}: is not JSON ({error.msg}); one object a line is needed") from error
    except (KeyError, TypeError) as error:
        raise OpticalError(f"{place}: is not an object with `id` and `contents`") from error
    if not isinstance(docid, str) or not isinstance(contents, str):
        raise OpticalError(f"{place}: `id` and `contents` must both be strings")
    return docid, f"{passage.get('title') or ''} {contents}".strip()


class PassageTokens:
    """Token vectors of passages, encoded when they are asked for: what a store is, without the store.

    Parameters
    ----------
    passages : mapping of str to str
        Identifier to text.

    Attributes
    ----------
    encoder : str
        Name of the encoder.
    """

    def __init__(self, passages: Mapping[str, str], encoder: DocumentEncoder) -> None:
        self.encoder = encoder.name
        self._passages = passages
        self._encoder = encoder

    def gather(self, docids: Sequence[str]) -> TokenVectors:
        """Encode some passages.

        Returns
        -------
        TokenVectors
            In the order of `docids`.

        Raises
        ------
        OpticalError
            A passage is not in the collection.
        """
        absent = next((docid for docid in docids if docid not in self._passages), None)
        if absent is not None:
            raise OpticalError(f"passage {absent} is not in the collection; the run was made on another one")
        return join_texts(self._encoder.encode_documents([self._passages[docid] for docid in docids]))
