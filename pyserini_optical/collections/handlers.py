"""Files of the usual forms as ir_datasets handlers: documents (TSV, JSON lines), topics, qrels."""

# ruff: noqa: D102 (the methods are those of ir_datasets' protocol, documented there)

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import ir_datasets
from ir_datasets.formats import BaseDocs, BaseQrels, BaseQueries, GenericQuery, TrecQrel
from ir_datasets.indices import PickleLz4FullStore

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import name_type, open_text
from pyserini_optical.qrels import Qrels, read_qrels
from pyserini_optical.topics import read_topics

_IDENTIFIERS = ("id", "_id", "docid", "doc_id")
_BODIES = ("text", "contents", "body")


class Passage(NamedTuple):
    """A document with a title, which may be empty."""

    doc_id: str
    title: str
    text: str

    def default_text(self) -> str:
        """Title and text."""
        return f"{self.title} {self.text}".strip()


class FileDocs(BaseDocs):
    """Documents in a TSV or JSON-lines file, plain or gzip.

    Parameters
    ----------
    path : Path
        TSV: `id, text` or `id, title, text`. JSON lines: `id` (or `_id`, `docid`), `text` (or `contents`, `body`) and,
        if there is one, `title`. A name with `.json` in it is JSON lines.
    name : str
        The id of the dataset, under which ir_datasets keeps its look-up store.
    language : str or None
        ISO 639-1.
    """

    def __init__(self, path: Path, name: str, language: str | None = None) -> None:
        super().__init__()
        self._path, self._name, self._language = path, name, language

    @ir_datasets.util.use_docstore
    def docs_iter(self) -> Iterator[Passage]:
        parse = _parse_json if ".json" in self._path.name else _parse_tsv
        return _parsed(self._path, parse)

    def docs_cls(self) -> type:
        return Passage

    def docs_path(self, force: bool = True) -> Path:
        return self._path

    def docs_store(self, field: str = "doc_id") -> Any:
        state = self._path.stat()  # in the name, so that a changed file does not find the store of the old one
        home = ir_datasets.util.home_path() / "pyserini-optical" / self._name / f"{state.st_size}-{state.st_mtime_ns}"
        return PickleLz4FullStore(str(home / "docs.pklz4"), self.docs_iter, Passage, field, ["doc_id"])

    @cached_property
    def _count(self) -> int:
        with open_text(self._path) as file:
            return sum(1 for line in file if line.strip())

    def docs_count(self) -> int:
        return self._count

    def docs_namespace(self) -> str:
        return self._name.split("/")[0]

    def docs_lang(self) -> str | None:
        return self._language


def _parsed(path: Path, parse: Callable[[str], Passage]) -> Iterator[Passage]:
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield parse(line)
            except ValueError as error:
                raise OpticalError(f"{path}:{number}: {error}") from error


def _parse_tsv(line: str) -> Passage:
    columns = line.rstrip("\r\n").split("\t")
    if len(columns) not in (2, 3) or not columns[0]:
        raise ValueError(f"{len(columns)} columns; documents have two (id, text) or three (id, title, text)")
    return Passage(columns[0], columns[1] if len(columns) == 3 else "", columns[-1])


def _parse_json(line: str) -> Passage:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(record, dict):
        raise ValueError(f"{name_type(record)} in place of a JSON object")
    identifier = next((record[name] for name in _IDENTIFIERS if name in record), None)
    body = next((record[name] for name in _BODIES if name in record), None)
    if identifier is None or body is None:
        raise ValueError(f"needs one of {', '.join(_IDENTIFIERS)} and one of {', '.join(_BODIES)}")
    return Passage(str(identifier), record.get("title") or "", body)


class FileQueries(BaseQueries):
    """Topics in a TSV file."""

    def __init__(self, path: Path, language: str | None = None) -> None:
        super().__init__()
        self._path, self._language = path, language

    @cached_property
    def _topics(self) -> dict[str, str]:
        return read_topics(self._path)

    def queries_iter(self) -> Iterator[GenericQuery]:
        return (GenericQuery(identifier, query) for identifier, query in self._topics.items())

    def queries_cls(self) -> type:
        return GenericQuery

    def queries_path(self) -> Path:
        return self._path

    def queries_count(self) -> int:
        return len(self._topics)

    def queries_lang(self) -> str | None:
        return self._language


class FileQrels(BaseQrels):
    """Judgements in a TREC qrels file."""

    def __init__(self, path: Path, grades: dict[int, str] | None = None) -> None:
        super().__init__()
        self._path, self._grades = path, grades or {}

    @cached_property
    def _qrels(self) -> Qrels:
        return read_qrels(self._path)

    def qrels_iter(self) -> Iterator[TrecQrel]:
        for query, judged in self._qrels.items():
            for document, grade in judged.items():
                yield TrecQrel(query, document, grade, "0")

    def qrels_cls(self) -> type:
        return TrecQrel

    def qrels_path(self) -> Path:
        return self._path

    def qrels_count(self) -> int:
        return sum(map(len, self._qrels.values()))

    def qrels_defs(self) -> dict[int, str]:
        return self._grades
