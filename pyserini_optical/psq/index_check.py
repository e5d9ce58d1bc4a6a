"""Checks on a Lucene index before it is searched: its analyzer and its document identifiers."""

from collections.abc import Callable

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH
from pyserini_optical.lexicon.english import ENGLISH_ANALYZER
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.psq.top_documents import TopDocuments

UNSTEMMED = ("years", "called", "including", "used", "states", "people", "being")
"""Frequent forms that the default English analyzer never gives. Stop words are none: `Andes` is stemmed to `and`."""


def check_analyzer(count_documents: Callable[[str], int], table: TranslationTable, index: str) -> None:
    """Refuse an index that was not analysed as the table expects.

    Lucene does not record how an index was analysed, but its terms show it: an index with inflected forms was not built
    with the table's stemming analyzer.

    Parameters
    ----------
    count_documents : callable
        Maps a term to its document frequency in the index.
    index : str
        Name of the index, for the error.

    Raises
    ------
    OpticalError
        The table or the index was made with another analyzer.
    """
    if table.document_language == ENGLISH:
        foreign, least = UNSTEMMED, 1
    else:  # a word that the analyzer changes may be the stem of another: one or two prove nothing
        foreign = table.provenance.get("unindexed_words", ())
        least = len(foreign) // 3 + 1
    held = [form for form in foreign if count_documents(form) > 0]
    if len(held) >= least:
        reason = f"it contains {', '.join(held[:3])}, which that analyzer stems or drops"
    elif table.english_analyzer == ENGLISH_ANALYZER and _lacks_function_words(count_documents, table):
        reason = "it lacks the function words of the language, which that analyzer keeps"
    else:
        return
    raise OpticalError(
        f"{index}: was not built with the table's analyzer ({table.language}, {table.english_analyzer}): {reason}; "
        + (
            "index the collection again with Pyserini's defaults"
            if table.document_language == ENGLISH
            else "learn the table with the --analyzer that was the index's --language"
        )
    )


def _lacks_function_words(count_documents: Callable[[str], int], table: TranslationTable) -> bool:
    frequent = table.provenance.get("frequent_terms", ())
    return sum(count_documents(term) > 0 for term in frequent) * 2 < len(frequent)


_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


def check_document_ids(documents: TopDocuments, index: str) -> None:
    """Refuse an index with white space in a document identifier, which would break the columns of a run.

    Lucene itself scans the identifiers: about a second for a few million.

    Parameters
    ----------
    index : str
        Name of the index, for the error.

    Raises
    ------
    OpticalError
        There is such an identifier; the error names the document.
    """
    from pyserini.pyclass import autoclass

    term = autoclass("org.apache.lucene.index.Term")("id", f".*[{_SPACES}].*")
    found = documents.search(autoclass("org.apache.lucene.search.RegexpQuery")(term), 1)
    for docid in found:
        raise OpticalError(
            f"{index}: the identifier of document {docid!r} contains white space, so no TREC run can name it; "
            "change it "
            "in the collection and the qrels (such as _ for the space), and index again"
        )
