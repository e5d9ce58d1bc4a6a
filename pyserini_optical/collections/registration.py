"""Collections under ir_datasets' names: the shipped one, and a user's own."""

import logging
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import Language
from pyserini_optical.shipped import shipped

LOWRES_CLIR = "lowres-clir"

_GRADES = {1: "the passage that answers the question, or that the sentence or headline was taken from"}
_log = logging.getLogger(__name__)


def register_lowres_clir() -> None:
    """Register the shipped collection with ir_datasets.

    `lowres-clir` holds the passages; `lowres-clir/<set>/<language>` the queries and judgements of one set, such as
    `lowres-clir/flores/som` and `lowres-clir/afriqa/swa`; `lowres-clir/<set>/eng` the human English version of the
    same queries (for AfriQA, whose questions differ by language, `lowres-clir/afriqa/swa/eng`).

    A second call does nothing; files are only read when they are needed.
    """
    import ir_datasets

    if LOWRES_CLIR in ir_datasets.registry:
        return
    try:
        folder = shipped("eval/lowres-clir")
    except OpticalError as error:  # importing ir_datasets must not fail for a collection that nobody asked for
        _log.warning("%s is not registered: %s", LOWRES_CLIR, error)
        return
    from pyserini_optical.collections.handlers import FileDocs, FileQrels, FileQueries

    documents = FileDocs(folder / "corpus.jsonl.gz", LOWRES_CLIR, "en")
    ir_datasets.registry.register(LOWRES_CLIR, ir_datasets.Dataset(documents))
    for topics in sorted((folder / "topics").glob("*.tsv")):
        topic_set, language = topics.stem.split(".")
        queries = FileQueries(topics, Language(language).short)
        qrels = FileQrels(folder / "qrels" / f"{topic_set}.txt", _GRADES)
        name = lowres_clir_id(topic_set, language)
        ir_datasets.registry.register(name, ir_datasets.Dataset(documents, queries, qrels))


def lowres_clir_id(topic_set: str, language: str) -> str:
    """Name of a topic set and language in ir_datasets.

    Parameters
    ----------
    topic_set : str
        As in the shipped files: `flores`, `afriqa-swa`, ...
    language : str
        ISO 639-3.

    Returns
    -------
    str
        `lowres-clir/flores/som`, `lowres-clir/afriqa/swa`, `lowres-clir/afriqa/swa/eng`.
    """
    parts = [LOWRES_CLIR, *topic_set.split("-")]
    return "/".join(parts if parts[-1] == language else [*parts, language])


def register_collection(
    identifier: str,
    documents: str | Path,
    queries: str | Path | None = None,
    qrels: str | Path | None = None,
    language: str | None = None,
) -> None:
    """Register your own collection with ir_datasets.

    Parameters
    ----------
    identifier : str
        The name to give to `ir_datasets.load`.
    documents : str or Path
        TSV (`id, text` or `id, title, text`) or JSON lines (`id`, `text` or `contents`, perhaps `title`), plain or
        gzip.
    queries : str or Path, optional
        Topics, TSV.
    qrels : str or Path, optional
        TREC qrels.
    language : str, optional
        ISO 639-1 code of the documents.

    Raises
    ------
    OpticalError
        A file is missing, or the name is taken.

    Examples
    --------
    >>> register_collection("mine", "docs.tsv", "topics.tsv", "qrels.txt")  # doctest: +SKIP
    >>> ir_datasets.load("mine").docs_count()  # doctest: +SKIP
    """
    import ir_datasets

    from pyserini_optical.collections.handlers import FileDocs, FileQrels, FileQueries

    if identifier in ir_datasets.registry:
        raise OpticalError(f"{identifier}: ir_datasets already has a collection of that name; choose another")
    for path in (documents, queries, qrels):
        if path is not None and not Path(path).is_file():
            raise OpticalError(f"{path}: no such file; collection {identifier} is not registered")
    parts = [
        FileDocs(Path(documents), identifier, language),
        FileQueries(Path(queries)) if queries is not None else None,
        FileQrels(Path(qrels)) if qrels is not None else None,
    ]
    ir_datasets.registry.register(identifier, ir_datasets.Dataset(*parts))
