"""The vocabulary of a Lucene index, read in one go and cached."""

import logging
import tempfile
from pathlib import Path
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum
from pyserini_optical.files.cache import user_cache
from pyserini_optical.lexicon.vocabulary import Vocabulary

logger = logging.getLogger(__name__)


def open_vocabulary(index_dir: str | Path, reader: Any, field: str) -> Vocabulary:
    """Give the vocabulary of an index, from the cache or else from the index, filling the cache.

    Parameters
    ----------
    reader : org.apache.lucene.index.IndexReader
        A reader of the index.

    Returns
    -------
    Vocabulary
        The cache file is named after the checksum of the index's `segments` file, which changes with every change of
        the index. If the cache cannot be written, the vocabulary is read again next time.
    """
    path = cache_path(index_dir)
    if path.is_file():
        try:
            return Vocabulary.load(path)
        except OpticalError as error:
            logger.warning("%s", error)
    logger.info("reading the terms of %s (only once)", index_dir)
    vocabulary = read_vocabulary(index_dir, reader, field)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        vocabulary.save(path)
    except (OSError, OpticalError) as error:
        logger.warning("%s; the terms of the index will be read again next time", error)
    return vocabulary


def cache_path(index_dir: str | Path) -> Path:
    """Give the path of the cache file for an index's vocabulary.

    Raises
    ------
    OpticalError
        There is no index.
    """
    segments = max(Path(index_dir).glob("segments_*"), key=lambda path: int(path.name[9:], 36), default=None)
    if segments is None:
        raise OpticalError(f"{index_dir}: is not a Lucene index; build one with python -m pyserini.index.lucene")
    return user_cache("vocabularies") / f"{checksum(segments)[:16]}.safetensors"


def read_vocabulary(index_dir: str | Path, reader: Any, field: str) -> Vocabulary:
    """Read the terms of an index and their document frequencies.

    Anserini's extractor writes them to a file; asking Java term by term would take some twenty times as long.
    """
    from pyserini.pyclass import autoclass

    extractor = autoclass("io.anserini.util.ExtractTopDfTerms")
    leaves = reader.leaves()
    found = [leaves.get(leaf).reader().terms(field) for leaf in range(leaves.size())]
    most = sum(terms.size() for terms in found if terms is not None)
    system = autoclass("java.lang.System")
    nowhere = autoclass("java.io.PrintStream")(autoclass("java.io.OutputStream").nullOutputStream())
    spoken = system.out
    terms: list[str] = []
    frequencies: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "terms.tsv"
        system.setOut(nowhere)
        try:
            extractor.main(["-index", str(index_dir), "-field", field, "-k", str(most), "-output", str(written)])
        finally:
            system.setOut(spoken)
        with open(written, encoding="utf-8") as file:
            for line in file:
                term, frequency, *_ = line.split("\t")
                terms.append(term)
                frequencies.append(int(frequency))
    return Vocabulary.from_terms(terms, frequencies, reader.getDocCount(field))
