"""Load bitext: cleaned pairs with their provenance."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from pyserini_optical.bitext.cleaning import Rules, clean
from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.pair import Pair
from pyserini_optical.bitext.readers import SCHEME, bitext_files, read_bitext
from pyserini_optical.bitext.sides import Sides, look_at_sides, refuse_swapped
from pyserini_optical.bitext.tmx import list_languages
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum, without_packing
from pyserini_optical.languages import ENGLISH, chosen_code, language_code

logger = logging.getLogger(__name__)

FEWEST = 100
"""Pairs below which a warning says that nothing can be learned from so few."""

MOST_SOURCES = 50
"""Names of sources in one file; where there are more, they are something else, perhaps private text."""

_SOURCE_NAME = re.compile(r"\S+(?: \S+){0,2}")
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Bitext:
    """The cleaned pairs of a language.

    Attributes
    ----------
    language : str
        ISO 639-3 code of the foreign side.
    files : list of dict
        `file`, the name without its folder, and `sha256`, a comma between those of two; a data set has its name alone.
    dropped : dict of str to int
        Pairs dropped by rule.
    malformed : int
        Lines without a pair.
    sides : Sides
        Of all that was read.
    """

    language: str
    pairs: list[Pair]
    files: list[dict[str, str]]
    dropped: dict[str, int]
    malformed: int
    sides: Sides

    @cached_property
    def sources(self) -> dict[str, int]:
        """Pairs by source, the largest first."""
        return dict(Counter(pair.source for pair in self.pairs).most_common())

    @property
    def provenance(self) -> dict[str, Any]:
        """The provenance recorded with everything that is made from it."""
        return {
            "bitext": self.files,
            "dropped": self.dropped,
            "malformed": self.malformed,
            "fingerprint": self.fingerprint,
        }

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the pairs in order, which determine a result whatever file they were read from."""
        digest = sha256()
        for pair in self.pairs:
            digest.update(f"{pair.english}\t{pair.foreign}\t{pair.source}\n".encode())
        return digest.hexdigest()


def load_bitext(
    files: Sequence[str | Path],
    language: str,
    english: str | None = None,
    foreign: str | None = None,
    on_error: str = "stop",
    check_script: bool = True,
    strict: bool = True,
) -> Bitext:
    """Read and clean the bitext of a language.

    Parameters
    ----------
    files : sequence of str or Path
        Each as for :func:`~pyserini_optical.bitext.read_bitext`.
    language : str
        ISO 639-3 code of the foreign side.
    english, foreign : str, optional
        Names of the two sides in the files; by default English and the language, in any spelling.
    on_error : {"stop", "skip"}
        What to do with malformed lines.
    check_script : bool
        Drop pairs without a word in the language's script.
    strict : bool
        It is to be learned from: refuse bitext with sides that look swapped, or with nothing left after cleaning, and
        warn of fewer than :data:`FEWEST` pairs.

    Raises
    ------
    OpticalError
        A file cannot be read, or, where `strict`, its sides look swapped or nothing is left after cleaning.
    """
    faults, rules = Faults(on_error), Rules(language, check_script=check_script)
    read: list[Pair] = []
    for file in files:
        pairs = name_sources(list(read_bitext(file, language, english, foreign, faults)), str(file))
        if strict:
            refuse_swapped(look_at_sides(pairs), str(file), language)
        read += pairs
    sides = look_at_sides(read)
    listed = ", ".join(map(str, files))
    for doubt in sides.doubts(language):
        logger.warning("%s: %s", listed, doubt)
    kept = list(clean(read, rules))
    if strict and not kept:
        way = "; --no-check-script keeps pairs in any script" if rules.dropped["wrong script"] else ""
        raise OpticalError(f"{listed}: no usable {language} sentence pairs (dropped: {dict(rules.dropped)}){way}")
    if strict and len(kept) < FEWEST:
        number = "1 sentence pair" if len(kept) == 1 else f"{len(kept)} sentence pairs"
        logger.warning("%s: %s of %s, too few to learn from; collect some thousands", listed, number, language)
    if rules.dropped["wrong script"] * 5 > len(read):
        share = f"{rules.dropped['wrong script']} of {len(read)} pairs"
        logger.warning("%s: %s were dropped because of their script; --no-check-script keeps them", listed, share)
    logger.info("%s: %d pairs kept, dropped %s", language, len(kept), dict(rules.dropped))
    return Bitext(language, kept, [describe_file(file) for file in files], dict(rules.dropped), faults.count, sides)


def name_sources(pairs: list[Pair], file: str) -> list[Pair]:
    """Keep the names of a file's sources if they can be names, and are few; else the file's name is the source.

    Returns
    -------
    list of Pair
        What is not a name is not handed on: it would be written into what is made of the bitext.
    """
    whole = ([file] + [each.name for each in bitext_files(file)])[-1]
    names = {pair.source for pair in pairs} - {whole}
    few = len(names) <= max(10, min(MOST_SOURCES, len(pairs) // 2))
    if few and all(len(name) <= _LONGEST_NAME and _SOURCE_NAME.fullmatch(name) for name in names):
        return pairs
    logger.warning("%s: the names of its %d sources are not valid source names and were ignored", file, len(names))
    return [replace(pair, source=whole) for pair in pairs]


def describe_file(file: str | Path) -> dict[str, str]:
    """Identify a bitext: its name without folders, and the checksums of its files."""
    files = bitext_files(str(file))
    if not files:
        return {"file": str(file)}
    return {"file": ",".join(each.name for each in files), "sha256": ",".join(map(checksum, files))}


def language_of(file: str | Path) -> str:
    """Recognise the foreign language in a file's name: `swa.tsv.gz`, `tico19.en-sw.tmx`, or the second of `a.en,a.sw`.

    For a translation memory with one language beside English, its content tells.

    Returns
    -------
    str
        ISO 639-3 code.

    Raises
    ------
    OpticalError
        The name does not say it, or says English or what a translation memory does not hold.
    """
    files = bitext_files(str(file))
    code = _language_of_name(file, files)
    memory = len(files) == 1 and ".tmx" in files[0].suffixes and files[0].is_file()
    held = sorted({language_code(tag) for tag in list_languages(files[0])} - {ENGLISH}) if memory else []
    if held and code not in held:
        code = held[0] if len(held) == 1 else None
    if code is None:
        several = f"; it holds {', '.join(held)}" if held else ""
        example = held[0] if held else "swa"
        raise OpticalError(
            f"{file}: the file name does not say the language{several}; pass it with --language, such as {example}"
        )
    if code == ENGLISH:
        raise OpticalError(
            f"{file}: is named for English; pass two files as ENGLISH_FILE,FOREIGN_FILE, or name the other language "
            "of one file with --language, such as swa"
        )
    return code


def _language_of_name(file: str | Path, files: Sequence[Path]) -> str | None:
    name = files[-1].name if files else str(file).removeprefix(SCHEME).replace(":", ".")
    parts = without_packing(name).removesuffix(".txt").split(".")
    for part in parts:
        sides = [_code_of(side) for side in part.split("-" if "-" in part else "_")]
        if len(sides) == 2 and None not in sides and sides.count(ENGLISH) == 1:
            return next(str(code) for code in sides if code != ENGLISH)
    likely = [parts[-1], parts[0]] if len(files) == 2 else parts[:1]
    return next(filter(None, map(_code_of, likely)), None)


def _code_of(name: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?", name):
        return None
    try:
        return chosen_code(name)
    except OpticalError:
        return None
