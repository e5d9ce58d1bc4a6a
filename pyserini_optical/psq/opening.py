"""Opening a Lucene index: with Anserini alone, or with Pyserini's searcher."""

from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin.java import prepare_java
from pyserini_optical.plugin.prebuilt import LUCENE, find_folder

FIELD = "contents"


def open_anserini(index_dir: str) -> Any:
    """Open a Lucene index with Anserini: a folder or the name of a prebuilt index.

    Importing Pyserini's own searchers also imports all its encoders, which takes longer than a hundred searches.

    Raises
    ------
    OpticalError
        There is no index, it has no field `contents`, or there is no JDK.
    """
    index_dir = find_folder(index_dir, LUCENE)
    if not any(Path(index_dir).glob("segments_*")):
        raise OpticalError(f"{index_dir}: is not a Lucene index; build one with python -m pyserini.index.lucene")
    prepare_java()
    from pyserini.pyclass import autoclass

    # Lucene refuses more than 1,024 clauses by default; long queries have more.
    autoclass("org.apache.lucene.search.IndexSearcher").setMaxClauseCount(2**31 - 1)
    searcher = autoclass("io.anserini.search.SimpleSearcher")(index_dir)
    if searcher.reader.getDocCount(FIELD) == 0:
        raise OpticalError(f"{index_dir}: has no field {FIELD!r}; index a collection with Pyserini's JsonCollection")
    return searcher


def open_lucene(index_dir: str) -> Any:
    """Open a Lucene index with Pyserini: a folder or the name of a prebuilt index.

    Raises
    ------
    OpticalError
        As :func:`open_anserini` does.
    """
    index_dir = find_folder(index_dir, LUCENE)
    open_anserini(index_dir).close()
    from pyserini.search.lucene import LuceneSearcher

    return LuceneSearcher(index_dir)
