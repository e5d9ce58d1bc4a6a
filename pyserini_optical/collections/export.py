"""An ir_datasets collection as Pyserini's files: corpus, topics, qrels."""

import difflib
import json
import logging
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain, islice
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from pyserini_optical.collections.fields import contents_of, query_text
from pyserini_optical.collections.registration import register_lowres_clir
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_object, write_file, write_json
from pyserini_optical.files.identifiers import check_identifier
from pyserini_optical.topics import write_topics

PART_SIZE = 50_000
"""Documents a corpus file: what a killed export loses at most."""
STATE = "collection.json"

_PART = re.compile(r"part-(\d{5})\.jsonl")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Export:
    """The result of an export.

    Attributes
    ----------
    dataset : str
        The ir_datasets id.
    documents, queries, qrels : int
        How many of each.
    """

    dataset: str
    documents: int
    queries: int
    qrels: int


def export_collection(
    dataset_id: str,
    output: str | Path,
    query_field: str | None = None,
    overwrite: bool = False,
    advance: Callable[[int], None] = lambda count: None,
) -> Export:
    """Write a collection for Pyserini.

    `output` gets `corpus/part-*.jsonl` (`id` and `contents`: title, line end, body), `topics.tsv`, `qrels.txt` and
    `collection.json` with the counts. The corpus is streamed, a part at a time; an export that was killed goes on
    after its last whole part when it is called again.

    Parameters
    ----------
    dataset_id : str
        Name for `ir_datasets.load`.
    output : str or Path
        Folder to write.
    query_field : str, optional
        The field of the queries to write (`description`, `ht_title`, ...); by default the type's own choice.
    overwrite : bool
        Replace an existing export.
    advance : callable
        Called periodically with the number of documents written or, on resuming, skipped.

    Raises
    ------
    OpticalError
        There is no such collection, it cannot be fetched, it holds no documents, the queries have no such field, an
        identifier cannot stand in a TREC run, the folder holds another export or a finished one, or the documents of an
        export taken up again come in another order than before.
    """
    with _fetched(dataset_id):
        return _export(load_dataset(dataset_id), dataset_id, Path(output), query_field, overwrite, advance)


def count_documents(dataset_id: str) -> int | None:
    """Count the documents of a collection, without reading them where ir_datasets knows.

    Raises
    ------
    OpticalError
        There is no such collection, or it cannot be fetched.
    """
    with _fetched(dataset_id):
        count: int | None = load_dataset(dataset_id).docs_count()
        return count


@contextmanager
def _fetched(dataset_id: str) -> Iterator[None]:
    """Say in one line that ir_datasets could not download what it downloads on first use."""
    from requests import RequestException

    try:
        yield
    except (RequestException, RuntimeError) as error:
        if isinstance(error, RuntimeError) and error.args[:1] != ("All download sources failed",):
            raise
        raise OpticalError(
            f"{dataset_id}: ir_datasets downloads it on first use, but cannot (no network, or unknown host); run "
            "the command again with a network, and the export will resume"
        ) from error


def _export(
    dataset: Any,
    dataset_id: str,
    output: Path,
    query_field: str | None,
    overwrite: bool,
    advance: Callable[[int], None],
) -> Export:
    _claim(output, dataset_id, overwrite)
    documents = _export_corpus(dataset, dataset_id, output / "corpus", advance)
    queries = qrels = 0
    if dataset.has_queries():
        text = query_text(dataset.queries_cls(), query_field)
        topics = _drop_empty({query.query_id: text(query) for query in dataset.queries_iter()})
        write_topics(output / "topics.tsv", topics, overwrite=True)
        queries = len(topics)
    if dataset.has_qrels():
        with write_file(output / "qrels.txt", overwrite=True) as file:
            for qrels, qrel in enumerate(dataset.qrels_iter(), 1):  # noqa: B007 (the count is used below)
                file.write(f"{qrel.query_id} 0 {qrel.doc_id} {qrel.relevance}\n")
    export = Export(dataset_id, documents, queries, qrels)
    write_json(output / STATE, {"complete": True, **asdict(export)}, overwrite=True)
    return export


def _drop_empty(topics: dict[str, str]) -> dict[str, str]:
    """Leave out queries without text, with a warning."""
    empty = [identifier for identifier, query in topics.items() if not query.strip()]
    if empty:
        _log.warning("%d queries have no text and were skipped: %s", len(empty), ", ".join(empty[:5]))
    return {identifier: query for identifier, query in topics.items() if query.strip()}


def load_dataset(dataset_id: str) -> Any:
    """Load an ir_datasets collection that has documents.

    Raises
    ------
    OpticalError
        There is no such collection, or it holds no documents.
    """
    import ir_datasets

    register_lowres_clir()
    try:
        dataset = ir_datasets.load(dataset_id)
    except KeyError as error:
        near = difflib.get_close_matches(dataset_id, list(ir_datasets.registry), n=3)
        hint = f"; similar names: {', '.join(near)}" if near else "; `ir_datasets list` lists them"
        raise OpticalError(f"{dataset_id}: ir_datasets has no such collection{hint}") from error
    if not dataset.has_docs():
        raise OpticalError(f"{dataset_id}: has no documents of its own; choose one of its subsets")
    return dataset


def _claim(output: Path, dataset_id: str, overwrite: bool) -> None:
    state = output / STATE
    if state.exists():
        found = read_object(state, "choose another folder")
        if overwrite:
            for path in (output / "corpus").glob("part-*.jsonl"):
                path.unlink()
            for name in ("topics.tsv", "qrels.txt"):
                (output / name).unlink(missing_ok=True)
        elif found["dataset"] != dataset_id:
            raise OpticalError(f"{output}: holds an export of {found['dataset']}; choose another folder")
        elif found["complete"]:
            raise OpticalError(f"{output}: already holds the complete export; pass --overwrite to replace it")
    elif output.exists() and any(output.iterdir()):
        raise OpticalError(f"{output}: is neither empty nor an export; choose another folder")
    write_json(state, {"complete": False, "dataset": dataset_id}, overwrite=True)


def _export_corpus(dataset: Any, dataset_id: str, corpus: Path, advance: Callable[[int], None]) -> int:
    corpus.mkdir(parents=True, exist_ok=True)
    for leftover in corpus.glob(".*.partial"):  # of a killed export; Pyserini would read it
        leftover.unlink()
    documents = dataset.docs_iter()
    part, written = _pass_over(documents, corpus, advance)
    contents = contents_of(dataset_id, dataset.docs_cls())
    while True:
        batch = islice(documents, PART_SIZE)
        first = next(batch, None)
        if first is None:
            return written
        with write_file(corpus / f"part-{part:05d}.jsonl") as file:
            count = 0
            for count, line in enumerate(_lines(first, batch, contents, corpus), 1):
                file.write(line)
                if count % 1000 == 0:
                    advance(1000)
        advance(count % 1000)
        part, written = part + 1, written + count


def _lines(first: Any, others: Iterator[Any], contents: Callable[[Any], str], corpus: Path) -> Iterator[str]:
    for document in chain([first], others):
        check_identifier(document.doc_id, str(corpus))
        yield f'{{"id": {encode_basestring(document.doc_id)}, "contents": {encode_basestring(contents(document))}}}\n'


def _pass_over(documents: Iterator[Any], corpus: Path, advance: Callable[[int], None]) -> tuple[int, int]:
    """Skip the documents of complete parts; return the number of the next part and of the documents so far."""
    parts = sorted(path for path in corpus.iterdir() if _PART.fullmatch(path.name))
    if not parts:
        return 0, 0
    with open(parts[-1], encoding="utf-8") as file:
        count = 0
        for count, line in enumerate(file, 1):  # noqa: B007 (the last line is used below)
            pass
    written = PART_SIZE * (len(parts) - 1) + count
    _log.info("%s: %d documents were already exported", corpus, written)
    deque(islice(documents, written - 1), maxlen=0)
    last = next(documents, None)
    expected = json.loads(line)["id"]
    if parts[-1].name != f"part-{len(parts) - 1:05d}.jsonl" or last is None or last.doc_id != expected:
        raise OpticalError(
            f"{parts[-1]}: does not match the collection (document {written} should be {expected}); pass --overwrite"
        )
    advance(written)
    return len(parts), written
