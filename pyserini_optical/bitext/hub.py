"""Bitext from a Hugging Face data set, streamed."""

from collections.abc import Iterator

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.jsonl import pair_of
from pyserini_optical.bitext.pair import Pair
from pyserini_optical.errors import MissingExtra, OpticalError

SCHEME = "hf:"


def read_dataset(name: str, foreign: str, english: str = "en", faults: Faults | None = None) -> Iterator[Pair]:
    """Read a data set's pairs.

    Parameters
    ----------
    name : str
        `hf:REPOSITORY[:CONFIGURATION[:SPLIT]]`, such as `hf:Helsinki-NLP/opus-100:en-mr:train`; the split is `train`
        by default.
    foreign, english : str
        Names of the two text columns, or of the keys under a column `translation`.
    faults : Faults, optional
        By default the first malformed row stops.

    Raises
    ------
    MissingExtra
        The package `datasets` is not installed.
    OpticalError
        The data set cannot be had, or a row is malformed and `faults` stops.
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingExtra("datasets", "datasets") from error
    faults = faults or Faults()
    repository, _, rest = name.removeprefix(SCHEME).partition(":")
    configuration, _, split = rest.partition(":")
    try:
        rows = datasets.load_dataset(repository, configuration or None, split=split or "train", streaming=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise OpticalError(f"{name}: the data set could not be opened ({str(error).splitlines()[0]})") from error
    for number, row in enumerate(rows, 1):
        try:
            yield pair_of(row, foreign, english, name, number)
        except ValueError as error:
            faults.add(f"{name}:{number}", str(error))
