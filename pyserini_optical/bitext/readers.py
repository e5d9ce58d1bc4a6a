"""Bitext of any kind as one stream of pairs: TSV, CSV, JSON lines, parallel files, Hugging Face data sets, TMX.

A reader takes the names of the two sides and yields pairs; malformed input goes to
:class:`~pyserini_optical.bitext.faults.Faults`. Columns, keys and languages are found by name, in any spelling of a
language: `swa` is also `sw`, `SWA`, `swa_Latn` or `Swahili`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.lines import find_name, read_lines
from pyserini_optical.bitext.pair import Pair, tidy_text
from pyserini_optical.bitext.tables import read_csv, read_tsv
from pyserini_optical.bitext.tmx import read_tmx
from pyserini_optical.errors import MissingExtra, OpticalError
from pyserini_optical.files import name_type, without_packing
from pyserini_optical.languages import ENGLISH

SCHEME = "hf:"


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
        `FILE.tsv`, `FILE.csv`, `FILE.jsonl`, `FILE.tmx`, plain or packed (gzip, bzip2, xz); two parallel files as
        `ENGLISH_FILE,FOREIGN_FILE`; `hf:REPOSITORY[:CONFIGURATION[:SPLIT]]` for a Hugging Face data set.
    language : str
        Code of the foreign side.
    english, foreign : str, optional
        Names of the two columns, keys or languages in the file; by default English and `language`. Of a table without
        a first line of names, the numbers of the columns, from 1.
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
    name, faults = str(path), faults or Faults()
    english, foreign = english or ENGLISH, foreign or language
    if name.startswith(SCHEME):
        return read_dataset(name, foreign, english, faults)
    files = bitext_files(name)
    for file in files:
        if file.exists() and not file.is_file() and not file.is_dir():
            raise OpticalError(
                f"{file}: is a pipe or a device, but bitext is read more than once; write it to a file first"
            )
    if len(files) == 2:
        return read_moses(files[0], files[1], faults)
    kind = Path(without_packing(name.lower())).suffix
    if kind not in READERS:
        raise OpticalError(
            f"{name}: unknown bitext format; give FILE.tsv, FILE.csv, FILE.jsonl or FILE.tmx (plain, .gz, .bz2, .xz), "
            f"ENGLISH_FILE,FOREIGN_FILE for two parallel files, or {SCHEME}REPOSITORY"
        )
    return READERS[kind](Path(name), foreign, english, faults)


def bitext_files(name: str) -> list[Path]:
    """List the files of a bitext: one, or the two of `ENGLISH_FILE,FOREIGN_FILE`; a data set has none."""
    if name.startswith(SCHEME):
        return []
    if Path(name).exists() or "," not in name:
        return [Path(name)]
    sides = name.split(",")
    if len(sides) != 2:
        raise OpticalError(f"{name}: {len(sides)} files; give two parallel files as ENGLISH_FILE,FOREIGN_FILE")
    return [Path(side) for side in sides]


def read_moses(english: Path, foreign: Path, faults: Faults) -> Iterator[Pair]:
    """Read two files of one sentence per line, as Moses and OPUS have it: line n of one translates that of the other.

    Raises
    ------
    OpticalError
        One file is longer than the other, whatever the setting of `faults`, since it is then unknown which lines belong
        together. Empty lines at the end do not count.
    """
    missing = (0, "")
    ended = 0
    for number, sides in enumerate(zip_longest(read_lines(english, faults), read_lines(foreign, faults)), 1):
        (_, one), (_, other) = (side or missing for side in sides)
        ended = ended or (number if None in sides else 0)
        if ended and (one or other or None in (one, other)):
            short, long = (english, foreign) if sides[0] is None else (foreign, english)
            raise OpticalError(
                f"{short}: ends at line {ended - 1}, but {long} continues; parallel files must have the same "
                "number of lines"
            )
        if not ended and one is not None and other is not None:
            yield Pair(tidy_text(one), tidy_text(other), foreign.name, number)


def read_jsonl(path: Path, foreign: str, english: str, faults: Faults) -> Iterator[Pair]:
    """Read JSON lines, one object per pair; texts stand at its top or, as in Hugging Face sets, under `translation`."""
    for number, line in read_lines(path, faults):
        if not line or line.isspace():
            continue
        try:
            row = json.loads(line, parse_int=float)  # numbers are not text, and Python refuses very long ones
        except (ValueError, RecursionError) as error:
            faults.add(f"{path}:{number}", f"is not JSON on one line ({error})")
            continue
        yield from _read_row(row, foreign, english, path.name, number, f"{path}:{number}", faults)


def read_dataset(name: str, foreign: str, english: str, faults: Faults) -> Iterator[Pair]:
    """Stream a Hugging Face data set.

    Parameters
    ----------
    name : str
        `hf:REPOSITORY[:CONFIGURATION[:SPLIT]]`, such as `hf:Helsinki-NLP/opus-100:en-mr:train`; the split is `train`
        by default.

    Raises
    ------
    MissingExtra
        The package `datasets` is not installed.
    OpticalError
        The data set cannot be loaded, or a row is malformed and `faults` stops.
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingExtra("datasets", "datasets") from error
    repository, _, rest = name.removeprefix(SCHEME).partition(":")
    configuration, _, split = rest.partition(":")
    failures = (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError)
    try:
        rows = datasets.load_dataset(repository, configuration or None, split=split or "train", streaming=True)
        numbered = enumerate(rows, 1)
    except failures as error:
        raise OpticalError(f"{name}: the data set could not be opened ({str(error).splitlines()[0]})") from error
    while True:
        try:
            number, row = next(numbered, (0, None))
        except failures as error:
            raise OpticalError(f"{name}: reading the data set failed ({str(error).splitlines()[0]})") from error
        if row is None:
            return
        yield from _read_row(row, foreign, english, name, number, f"{name}:{number}", faults)


def _read_row(
    row: Any, foreign: str, english: str, source: str, number: int, where: str, faults: Faults
) -> Iterator[Pair]:
    """Make pairs from a decoded object; if a side has several variants, one pair for each."""
    try:
        if not isinstance(row, Mapping):
            raise ValueError(f"is {name_type(row)}, but a JSON object with two texts is expected")
        texts = row.get("translation")
        if not isinstance(texts, Mapping):
            texts = row
        codes, variants = texts.get("language"), texts.get("translation")
        if isinstance(codes, list) and isinstance(variants, list):  # a set whose rows differ in their languages
            texts = {code: [text for each, text in zip(codes, variants, strict=True) if each == code] for code in codes}
        keys = [str(key) for key in texts]
        chosen = [_find_key(side, keys) for side in (english, foreign)]
        sides = [_texts_of(texts[key], key) for key in chosen]
        named = row.get("source") if "source" not in chosen else None
        source = named if isinstance(named, str) and named else source
        pairs = [Pair(tidy_text(one), tidy_text(other), source, number) for one in sides[0] for other in sides[1]]
    except ValueError as error:
        faults.add(where, str(error))
        return
    yield from pairs


def _find_key(wanted: str, keys: Sequence[str]) -> str:
    found = find_name(wanted, keys)
    if len(found) != 1:
        raise ValueError(
            f"has no text under {wanted!r}; its keys are {', '.join(keys)[:80]}; name the right two with "
            "--english and --foreign"
        )
    return keys[found[0]]


def _texts_of(value: Any, key: str) -> list[str]:
    variants = value if isinstance(value, list) else [value]
    if not variants or not all(isinstance(text, str) for text in variants):
        raise ValueError(f"has no text under {key!r}")
    return variants


READERS: dict[str, Callable[[Path, str, str, Faults], Iterator[Pair]]] = {
    ".tsv": read_tsv,
    ".tab": read_tsv,
    ".csv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_jsonl,
    ".tmx": read_tmx,
}
