"""One door to every kind of bitext, and several sources as one stream."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.hub import SCHEME, read_dataset
from pyserini_optical.bitext.jsonl import read_jsonl
from pyserini_optical.bitext.moses import read_moses
from pyserini_optical.bitext.pair import Pair
from pyserini_optical.bitext.tmx import read_tmx
from pyserini_optical.bitext.tsv import read_tsv
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum


def read_bitext(
    path: str | Path,
    language: str,
    english: str | None = None,
    foreign: str | None = None,
    faults: Faults | None = None,
) -> Iterator[Pair]:
    """Read bitext of any supported kind, one pair at a time.

    Parameters
    ----------
    path : str or Path
        `FILE.tsv`, `FILE.jsonl`, `FILE.tmx`, each plain or gzip; `ENGLISH_FILE,FOREIGN_FILE` for two parallel files;
        `hf:REPOSITORY[:CONFIGURATION[:SPLIT]]` for a Hugging Face data set.
    language : str
        ISO 639-3 code of the foreign side.
    english, foreign : str, optional
        Names of the two columns, keys or languages in the file; by default `eng` (`en` in a data set) and `language`.
    faults : Faults, optional
        What to do with malformed lines; by default the first one stops.

    Raises
    ------
    OpticalError
        The kind is unknown, the file is missing or damaged, or a line is malformed and `faults` stops.

    Examples
    --------
    >>> from pyserini_optical.shipped import shipped
    >>> pair = next(read_bitext(shipped("encoders/bitext") / "swa.tsv.gz", language="swa"))
    >>> pair.english, pair.source, pair.line
    ('about how long have these symptoms been going on?', 'tico19', 2)
    """
    name = str(path)
    foreign = foreign or language
    if name.startswith(SCHEME):
        return read_dataset(name, foreign, english or "en", faults)
    if "," in name and not Path(name).exists():
        sides = name.split(",")
        if len(sides) != 2:
            raise OpticalError(f"{name}: {len(sides)} files; parallel files are given as ENGLISH_FILE,FOREIGN_FILE")
        return read_moses(sides[0], sides[1], faults)
    readers = {".tsv": read_tsv, ".jsonl": read_jsonl, ".tmx": read_tmx}
    kind = Path(name.removesuffix(".gz")).suffix
    if kind not in readers:
        raise OpticalError(
            f"{name}: unknown kind of bitext; give FILE.tsv, FILE.jsonl or FILE.tmx (plain or .gz), "
            f"ENGLISH_FILE,FOREIGN_FILE, or {SCHEME}REPOSITORY"
        )
    return readers[kind](path, foreign, english or "eng", faults)


def language_of(path: str | Path) -> str:
    """Guess the foreign language from a file's name: the first part, if it looks like an ISO 639-3 code.

    Raises
    ------
    OpticalError
        The name does not begin with three lower-case letters and a dot.
    """
    code = Path(path).name.split(".")[0]
    if not re.fullmatch("[a-z]{3}", code):
        raise OpticalError(f"{path}: the name does not say the language; give it with --language, such as swa")
    return code


def describe_source(path: str | Path) -> dict[str, str]:
    """Say which bitext it was: for a provenance record.

    Parameters
    ----------
    path : str or Path
        As in :func:`read_bitext`.

    Returns
    -------
    dict
        `file`, the name without its folder, and `sha256`, a comma between those of two files; a data set has its name
        alone.
    """
    name = str(path)
    if name.startswith(SCHEME):
        return {"file": name}
    files = [Path(name)] if Path(name).exists() else [Path(side) for side in name.split(",")]
    return {"file": ",".join(file.name for file in files), "sha256": ",".join(map(checksum, files))}


@dataclass(frozen=True)
class Source:
    """A part of a mixture.

    Attributes
    ----------
    path : str
        As in :func:`read_bitext`.
    weight : float
        How often each pair is given: 2 twice, 0.25 every fourth pair or so (always the same ones).
    cap : int, optional
        Read no more than the first `cap` pairs.
    english, foreign : str, optional
        As in :func:`read_bitext`.
    """

    path: str
    weight: float = 1.0
    cap: int | None = None
    english: str | None = None
    foreign: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1000 or (self.cap is not None and self.cap < 1):
            raise OpticalError(
                f"{self.path}: weight {self.weight}, cap {self.cap}; both must be above 0, weight <= 1000"
            )


def read_sources(sources: Sequence[Source | str | Path], language: str, faults: Faults | None = None) -> Iterator[Pair]:
    """Read several sources one after another, weighted and capped.

    Parameters
    ----------
    language : str
        ISO 639-3 code of the foreign side.
    faults : Faults, optional
        As in :func:`read_bitext`, shared by all.
    """
    for entry in sources:
        source = entry if isinstance(entry, Source) else Source(str(entry))
        whole = int(source.weight)
        threshold = (source.weight - whole) * 2**32
        pairs = read_bitext(source.path, language, source.english, source.foreign, faults)
        for pair in islice(pairs, source.cap):
            extra = zlib.crc32(f"{pair.line}\t{pair.foreign}".encode()) < threshold
            for _ in range(whole + extra):
                yield pair
