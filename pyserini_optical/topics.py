"""Topics in every format that Pyserini reads: TSV, JSON, JSON lines and TREC's own."""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import name_type, open_text, without_packing, write_file
from pyserini_optical.files.identifiers import check_identifier

logger = logging.getLogger(__name__)

IDENTIFIERS = ("id", "qid", "query_id", "_id")
TEXTS = ("title", "query", "text")
"""Keys of a JSON topic; of several, the first that the first topic has is read in all."""

_HEADER = (*IDENTIFIERS, "query-id", "topic", "topic_id", "number"), (*TEXTS, "question", "topic")

_TOPIC = re.compile(r"<top\b[^>]*>(.*?)</top>", re.DOTALL)
_NUMBER = re.compile(r"<num>\s*(?:Number:)?\s*([^<\n]*)")
_TITLE = re.compile(r"<title>\s*(?:Topic:)?(.*?)(?=</?[a-z]+>|\Z)", re.DOTALL)

_Topic = tuple[str, str, str]
"""Where a topic stands, its identifier, its query."""


def read_topics(path: str | Path) -> dict[str, str]:
    """Read topics, plain or gzip, Unix or Windows line ends.

    The formats are those of Pyserini: `identifier <tab> query` a line; one JSON object, `{id: {"title": query}}` or
    `{id: query}`; JSON objects, one per line or in a list, with an :data:`IDENTIFIERS` and a :data:`TEXTS` key; and
    TREC's `<top>`, with the title as the query. The format is recognised by content, unless the file is called `.tsv`.
    A first line of TSV that looks like a header is a query, as in Pyserini, with a warning.

    Returns
    -------
    dict of str to str
        Query identifier -> query, in the order of the file; identifiers are kept as written (`007` is not `7`).

    Raises
    ------
    OpticalError
        An identifier is empty, contains white space or is repeated, or a query is empty; a line, or the file, is in
        none of these formats; or there is no topic. The message names the file and, if possible, the line.
    """
    with open_text(path) as file:
        content = file.read()
    topics: dict[str, str] = {}
    for where, identifier, query in _parse(Path(path), content):
        check_identifier(identifier, where)
        if not query:
            raise OpticalError(f"{where}: query {identifier} is empty; drop it or fill it in")
        if identifier in topics:
            raise OpticalError(f"{where}: query {identifier} occurs above; drop one of the two")
        topics[identifier] = query
    if not topics:
        raise OpticalError(f"{path}: contains no topics; each line should be: identifier, tab, query")
    return topics


def _parse(path: Path, content: str) -> Iterator[_Topic]:
    start = content.lstrip()
    if without_packing(path.name).endswith(".tsv") or not start.startswith(("<top", "{", "[")):
        return _parse_table(path, content)
    if start.startswith("<top"):
        return _parse_trec(path, content)
    return _parse_json(path, content)


def _parse_table(path: Path, content: str) -> Iterator[_Topic]:
    for number, line in enumerate(content.split("\n"), 1):
        columns = line.rstrip("\r").split("\t")
        if columns == [""]:
            continue
        if len(columns) != 2:
            raise OpticalError(
                f"{path}:{number}: {len(columns)} columns; topics have two, tab-separated: identifier, query"
            )
        identifier, query = columns[0].strip(), columns[1].strip()
        if number == 1 and identifier.lower() in _HEADER[0] and query.lower() in _HEADER[1]:
            logger.warning(
                "%s:1: looks like a header but is searched as a query (%s); if it is one, drop the line", path, query
            )
        yield f"{path}:{number}", identifier, query


def _parse_trec(path: Path, content: str) -> Iterator[_Topic]:
    for topic in _TOPIC.finditer(content):
        where = f"{path}:{content.count(chr(10), 0, topic.start()) + 1}"
        number, title = _NUMBER.search(topic[1]), _TITLE.search(topic[1])
        if number is None or title is None:
            raise OpticalError(f"{where}: a <top> without <{'num' if number is None else 'title'}>; fill it in")
        yield where, number[1].strip(), _flatten(title[1])


def _parse_json(path: Path, content: str) -> Iterator[_Topic]:
    try:
        whole = json.loads(content, object_pairs_hook=_refuse_repetition)
    except RecursionError as error:
        raise OpticalError(f"{path}: is nested too deeply for topics; fix the file") from error
    except _Repetition as error:
        raise OpticalError(f"{path}: key {error} occurs twice in one object; drop one of the two") from error
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise OpticalError(f"{path}:{error.lineno}: is not JSON ({error.msg})") from error
        return _parse_objects(_json_lines(path, content))
    if isinstance(whole, dict) and not (_find_key(whole, IDENTIFIERS) and _find_key(whole, TEXTS)):
        return _parse_mapping(path, whole)
    objects = whole if isinstance(whole, list) else [whole]
    return _parse_objects((f"{path}, topic {number}", found) for number, found in enumerate(objects, 1))


def _json_lines(path: Path, content: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            try:
                yield f"{path}:{number}", json.loads(line, object_pairs_hook=_refuse_repetition)
            except _Repetition as error:
                raise OpticalError(f"{path}:{number}: key {error} occurs twice; drop one of the two") from error
            except json.JSONDecodeError as error:
                raise OpticalError(f"{path}:{number}: is not JSON ({error.msg})") from error


def _parse_mapping(path: Path, topics: Mapping[str, Any]) -> Iterator[_Topic]:
    for identifier, topic in topics.items():
        query = topic.get("title") if isinstance(topic, dict) else topic
        if not isinstance(query, str):
            raise OpticalError(f'{path}: query {identifier} has no text; JSON topics are {{id: {{"title": query}}}}')
        yield str(path), identifier.strip(), _flatten(query)


def _parse_objects(topics: Iterable[tuple[str, Any]]) -> Iterator[_Topic]:
    key = None
    for where, topic in topics:
        if not isinstance(topic, dict):
            raise OpticalError(
                f"{where}: is {name_type(topic)}, but a JSON object is expected, with {' or '.join(IDENTIFIERS)} and a "
                "query"
            )
        name = _find_key(topic, IDENTIFIERS)
        key = key or _find_key(topic, TEXTS)
        if name is None or key is None or not isinstance(topic.get(key), str):
            missing = " or ".join(IDENTIFIERS if name is None else TEXTS if key is None else (key,))
            raise OpticalError(f"{where}: a topic without {missing}; fill it in, as in the first one")
        identifier = topic[name]
        if isinstance(identifier, bool) or not isinstance(identifier, (str, int)):
            raise OpticalError(f"{where}: {name} {identifier!r} is neither text nor a whole number")
        yield where, str(identifier).strip(), _flatten(topic[key])


def _find_key(topic: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    """Find the first key that has a value of its own, as in `{"id": 1}`, and not as in `{"id": {"title": ...}}`."""
    return next((key for key in keys if isinstance(topic.get(key), (str, int, float))), None)


class _Repetition(Exception):
    """A key is repeated in a JSON object."""


def _refuse_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repetition(repr(Counter(key for key, _ in pairs).most_common(1)[0][0]))
    return found


def _flatten(query: str) -> str:
    return " ".join(query.split())


def write_topics(path: str | Path, topics: Mapping[str, str], overwrite: bool = False) -> None:
    """Write topics as TSV, which :func:`read_topics` reads back; white space inside a query becomes single spaces.

    Parameters
    ----------
    topics : mapping of str to str
        Query identifier -> query.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OpticalError
        An identifier is empty or contains white space, or a query is empty; or `path` exists and `overwrite` is false.
    """
    for identifier, query in topics.items():
        check_identifier(identifier, str(path))
        if not query.strip():
            raise OpticalError(f"{path}: query {identifier} is empty and could not be read back; leave it out")
    with write_file(path, overwrite=overwrite) as file:
        file.writelines(f"{identifier}\t{_flatten(query)}\n" for identifier, query in topics.items())
