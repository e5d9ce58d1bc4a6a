"""Title and body fields of the documents in ir_datasets."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pyserini_optical.errors import OpticalError


class Fields(NamedTuple):
    """The fields of a document's title and body."""

    title: str | None
    body: str


FIRST_LINE = "(first line of the body)"

DOCUMENT_FIELDS: dict[tuple[str, str], Fields] = {
    # first part of the id, type of the documents: title, body
    ("beir", "BeirCordDoc"): Fields("title", "text"),
    ("beir", "BeirCqaDoc"): Fields("title", "text"),
    ("beir", "BeirSciDoc"): Fields("title", "text"),
    ("beir", "BeirTitleDoc"): Fields("title", "text"),
    ("beir", "BeirTitleUrlDoc"): Fields("title", "text"),
    ("beir", "BeirToucheDoc"): Fields("title", "text"),
    ("beir", "GenericDoc"): Fields(None, "text"),
    ("clirmatrix", "GenericDoc"): Fields(None, "text"),
    ("hc4", "ExctractedCCDoc"): Fields("title", "text"),
    ("lowres-clir", "Passage"): Fields("title", "text"),
    ("miracl", "MiraclDoc"): Fields("title", "text"),
    ("mmarco", "GenericDoc"): Fields(None, "text"),
    ("mr-tydi", "GenericDoc"): Fields(FIRST_LINE, "text"),
    ("neuclir", "ExctractedCCDoc"): Fields("title", "text"),
    ("wikiclir", "WikiClirDoc"): Fields("title", "text"),
}
"""The collections users ask for; documents of other types are taken by their `title` and `text`, or by
`default_text()`."""


def document_fields(dataset_id: str, document_type: type) -> Fields | None:
    """Title and body of a document type.

    Parameters
    ----------
    dataset_id : str
        Such as `wikiclir/sw`.
    document_type : type
        What `docs_cls()` of the dataset gives, a named tuple.

    Returns
    -------
    Fields or None
        None if neither the table nor the names of the fields tell: take `default_text()`.
    """
    known = DOCUMENT_FIELDS.get((dataset_id.split("/")[0], document_type.__name__))
    if known is not None:
        return known
    names = getattr(document_type, "_fields", ())
    body = next((name for name in ("text", "body", "contents") if name in names), None)
    return Fields("title" if "title" in names else None, body) if body else None


def contents_of(dataset_id: str, document_type: type) -> Callable[[Any], str]:
    r"""Make the function that gives a document's Pyserini `contents`.

    Parameters
    ----------
    document_type : type
        A named tuple.

    Returns
    -------
    callable
        Document to `title\nbody`, or `body` if the type has no title. White space inside a field is single spaces,
        so that `pyserini.encode --fields title text` finds the two fields.
    """
    fields = document_fields(dataset_id, document_type)
    if fields is None:
        return lambda document: _on_one_line(document.default_text())
    names = document_type._fields  # type: ignore[attr-defined]
    body = names.index(fields.body)
    if fields.title is None:
        return lambda document: _on_one_line(document[body])
    if fields.title == FIRST_LINE:
        return lambda document: "\n".join(map(_on_one_line, document[body].partition("\n")[::2]))
    title = names.index(fields.title)
    return lambda document: f"{_on_one_line(document[title])}\n{_on_one_line(document[body])}"


def _on_one_line(text: str | None) -> str:
    if not text:
        return ""
    if text.isprintable():  # the common case costs one scan; line ends and lone surrogates are not printable
        return text
    return " ".join(text.split()).encode("utf-8", "replace").decode()


def query_text(query_type: type, field: str | None) -> Callable[[Any], str]:
    """Make the function that gives a query's text.

    Parameters
    ----------
    query_type : type
        What `queries_cls()` of the dataset gives, a named tuple.
    field : str or None
        Such as `title`, `description` or `ht_title` for HC4 and NeuCLIR; None for the type's `default_text()`.

    Raises
    ------
    OpticalError
        The type has no such field.
    """
    names = [name for name in getattr(query_type, "_fields", ()) if name != "query_id"]
    if field is None:
        return lambda query: query.default_text()
    if field not in names:
        raise OpticalError(f"queries have no field {field!r}; they have: {', '.join(names)}")
    return lambda query: getattr(query, field)
