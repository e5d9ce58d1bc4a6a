"""Bitext from OPUS: found in its catalogue, described before anything is fetched, fetched with its licence.

References
----------
Tiedemann, *Parallel Data, Tools and Interfaces in OPUS*, LREC 2012; Aulamo, Sulubacak, Virpioja and Tiedemann,
*OpusTools and Parallel Corpus Diagnostics*, LREC 2020.
"""

import io
import shutil
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.pair import Pair
from pyserini_optical.bitext.readers import read_moses
from pyserini_optical.errors import MissingExtra, OpticalError
from pyserini_optical.files import checksum, write_file, write_json
from pyserini_optical.languages import Language

CITATION = "Jörg Tiedemann, Parallel Data, Tools and Interfaces in OPUS, LREC 2012"
PAGE = "https://opus.nlpl.eu"
TIMEOUT = 60
"""Seconds without an answer."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Corpus:
    """A catalogue entry: a corpus of English and another language.

    Attributes
    ----------
    pairs : int or None
        None if the catalogue does not say.
    bytes : int
        Of the archive.
    url : str
        Of the archive: a zip with two parallel files and, mostly, `LICENSE` and `README`.
    foreign : str
        OPUS's code of the other language.
    """

    name: str
    version: str
    pairs: int | None
    bytes: int
    url: str
    foreign: str

    @property
    def page(self) -> str:
        """The corpus's page at OPUS."""
        return f"{PAGE}/{self.name}/corpus/version/{self.name}"


def find_corpora(language: str, catalogue: str | Path | None = None) -> list[Corpus]:
    """List the corpora of a language with English, in their latest versions, the largest first; needs no network.

    Parameters
    ----------
    language : str
        ISO 639-3 code.
    catalogue : str or Path, optional
        An SQLite file; by default the one that comes with opustools.

    Raises
    ------
    MissingExtra
        The package `opustools` is not installed.
    OpticalError
        There is no corpus.
    """
    try:
        from opustools import OpusGet
    except ImportError as error:
        raise MissingExtra("opustools", "opus") from error
    place = {} if catalogue is None else {"database": str(catalogue)}
    found = []
    for code in dict.fromkeys(filter(None, (Language(language).short, language))):
        asked = OpusGet(source="en", target=code, preprocess="moses", local_db=True, list_resources=True, **place)
        for row in asked.dbo.get_corpora(asked.parameters):
            size = int(row["size"]) * 1000
            pairs = int(row["alignment_pairs"]) if row["alignment_pairs"] else None
            found.append(Corpus(row["corpus"], row["version"], pairs, size, row["url"], code))
    if not found:
        raise OpticalError(f"{Language(language).name} ({language}): OPUS has no pairs with English; see {PAGE}")
    return sorted(found, key=lambda corpus: (-(corpus.pairs or 0), corpus.name))


def read_licence(corpus: Corpus) -> str:
    """Read the licence statement of an archive, without fetching the archive.

    Returns
    -------
    str
        One line; if the archive has no statement, or its server does not support range requests, where to look.
    """
    try:
        with zipfile.ZipFile(_RemoteFile(corpus.url)) as archive:
            return _say_licence(archive) or f"not stated; see {corpus.page}"
    except (OSError, zipfile.BadZipFile, ValueError):
        return f"not known before download; see {corpus.page}"


def fetch_corpora(
    corpora: Sequence[Corpus], language: str, output: str | Path, cap: int | None = None, overwrite: bool = False
) -> int:
    """Fetch corpora and write them as one TSV, with their descriptions and citations in `<output>.sources.json`.

    Parameters
    ----------
    language : str
        Name of the foreign column.
    cap : int, optional
        Most pairs to take from each corpus, spread evenly.

    Returns
    -------
    int
        Pairs written.

    Raises
    ------
    OpticalError
        An archive cannot be fetched or has no such pairs, or the output exists.
    """
    written = 0
    described = []
    with tempfile.TemporaryDirectory() as folder, write_file(output, overwrite=overwrite) as file:
        file.write(f"source\tid\teng\t{language}\n")
        for number, corpus in enumerate(corpora):
            archive = Path(folder) / f"{number}.zip"
            _download(corpus, archive)
            taken = _spread(list(_read_archive(corpus, archive)), cap)
            for pair in taken:
                file.write(f"{corpus.name}\t{pair.line}\t{pair.english}\t{pair.foreign}\n")
            written += len(taken)
            with zipfile.ZipFile(archive) as opened:
                licence = _say_licence(opened) or f"not stated; see {corpus.page}"
            described.append(
                {
                    "corpus": corpus.name,
                    "version": corpus.version,
                    "url": corpus.url,
                    "page": corpus.page,
                    "sha256": checksum(archive),
                    "licence": licence,
                    "pairs": len(taken),
                    "of": corpus.pairs,
                }
            )
    write_json(f"{output}.sources.json", {"cite": [CITATION], "corpora": described}, overwrite=True)
    return written


def _read_archive(corpus: Corpus, archive: Path) -> Iterator[Pair]:
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        sides = [next((name for name in names if name.endswith(f".{code}")), None) for code in ("en", corpus.foreign)]
        if None in sides:
            raise OpticalError(
                f"{corpus.url}: contains no pairs of en and {corpus.foreign}, only {', '.join(names)[:80]}"
            )
        places = [archive.with_suffix(f".{side}") for side in ("english", "foreign")]
        for name, place in zip(sides, places, strict=True):
            with opened.open(str(name)) as packed, open(place, "wb") as file:
                shutil.copyfileobj(packed, file)
    for pair in read_moses(places[0], places[1], Faults("skip")):
        if pair.english and pair.foreign:
            yield pair


def _spread(pairs: list[Pair], cap: int | None) -> list[Pair]:
    if cap is None or len(pairs) <= cap:
        return pairs
    return [pairs[number * len(pairs) // cap] for number in range(cap)]


def _say_licence(archive: zipfile.ZipFile) -> str:
    name = next((name for name in archive.namelist() if Path(name).name.upper() == "LICENSE"), None)
    text = archive.read(name).decode("utf-8", "replace") if name else ""
    return " ".join(text.split())[:300]


def _download(corpus: Corpus, archive: Path) -> None:
    from tqdm import tqdm

    try:
        with (
            _open(corpus.url) as answer,
            open(archive, "wb") as file,
            tqdm(total=corpus.bytes, unit="B", unit_scale=True, desc=corpus.name, disable=None) as bar,
        ):
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
        if not zipfile.is_zipfile(archive):
            raise OpticalError(f"{corpus.url}: is not a zip archive; see {corpus.page}")
    except (OSError, ValueError) as error:
        cause = getattr(error, "reason", error)
        said = getattr(cause, "strerror", None) or cause
        raise OpticalError(f"{corpus.url}: cannot be downloaded ({said}); see {corpus.page}") from error


def _open(url: str, **headers: str) -> "urllib.request._UrlopenRet":
    if not url.startswith(("https://", "http://")):
        raise OpticalError(f"{url}: is not a web address")
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)


class _RemoteFile(io.RawIOBase):
    """A remote file read by range requests: the end of an archive, and one small file in it, are enough."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.position = 0
        with _open(url, Range="bytes=0-0") as answer:
            if answer.status != 206:
                raise OSError("the server does not support range requests")
            self.size = int(answer.headers["Content-Range"].rpartition("/")[2])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        return self.position

    def read(self, size: int = -1) -> bytes:
        end = self.size if size < 0 else min(self.size, self.position + size)
        if end <= self.position:
            return b""
        with _open(self.url, Range=f"bytes={self.position}-{end - 1}") as answer:
            content: bytes = answer.read()
        self.position += len(content)
        return content
