"""Whether the documents of a Lucene index can be named in a TREC run."""

from typing import Any

from pyserini_optical.errors import OpticalError

_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


def check_document_ids(searcher: Any, index: str) -> None:
    """Refuse an index in which an identifier holds white space, which separates the columns of a run.

    Lucene looks through its identifiers itself: a second for some millions of them.

    Parameters
    ----------
    searcher : pyserini.search.lucene.LuceneSearcher
    index : str
        Its name, for the message.

    Raises
    ------
    OpticalError
        The message names such a document.
    """
    from pyserini.pyclass import autoclass

    term = autoclass("org.apache.lucene.index.Term")("id", f".*[{_SPACES}].*")
    found = searcher.search(autoclass("org.apache.lucene.search.RegexpQuery")(term), 1)
    if found:
        raise OpticalError(
            f"{index}: the identifier of document {found[0].docid!r} holds white space, so that no TREC run can name "
            "it; put another into the collection (_ for the space), into the qrels too, and index again"
        )
