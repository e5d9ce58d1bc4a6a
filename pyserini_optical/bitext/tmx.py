"""Bitext from a translation memory (TMX), streamed, with a parser that expands no entity and fetches nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.pair import Pair, tidy_text
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.languages import language_code

CHUNK = 1 << 16


def read_tmx(path: str | Path, foreign: str, english: str = "eng", faults: Faults | None = None) -> Iterator[Pair]:
    """Read the file's translation units.

    Parameters
    ----------
    path : str or Path
        Plain or gzip.
    foreign, english : str
        In any spelling of :func:`~pyserini_optical.languages.find_language`; scripts and regions (`en-US`) are ignored.
    faults : Faults, optional
        By default the first unit that lacks one of the two stops.

    Yields
    ------
    Pair
        `line` is the line on which the unit ends.

    Raises
    ------
    OpticalError
        The XML is broken or declares entities, or a unit is malformed and `faults` stops.
    """
    faults = faults or Faults()
    units = _Units()
    wanted = [language_code(english), language_code(foreign)]
    try:
        with open_text(path) as file:
            while chunk := file.buffer.read(CHUNK):  # type: ignore[attr-defined]
                units.parser.Parse(chunk, False)
                yield from _pairs(units.take(), wanted, path, faults)
            units.parser.Parse(b"", True)
            yield from _pairs(units.take(), wanted, path, faults)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise OpticalError(f"{path}:{error.lineno}: the XML is broken ({what}); fix or fetch the file again") from error
    except _EntityDeclared as error:
        raise OpticalError(f"{path}:{error.args[0]}: declares an XML entity; remove the declaration") from error


class _EntityDeclared(Exception):
    """The file declares an entity: a way to make a parser expand a small file without end, or read others."""


class _Units:
    """Collects finished translation units from expat's events."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._refuse
        self._done: list[tuple[int, dict[str, str]]] = []
        self._unit: dict[str, str] = {}
        self._language = ""
        self._segment: list[str] | None = None

    def take(self) -> list[tuple[int, dict[str, str]]]:
        """Give the units finished since the last call: line and texts by language."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tu":
            self._unit = {}
        elif name == "tuv":
            self._language = language_code(attributes.get("xml:lang") or attributes.get("lang") or "")
        elif name == "seg":
            self._segment = []

    def _end(self, name: str) -> None:
        if name == "seg" and self._segment is not None:
            self._unit[self._language] = "".join(self._segment)
            self._segment = None
        elif name == "tu":
            self._done.append((self.parser.CurrentLineNumber, self._unit))

    def _text(self, text: str) -> None:
        if self._segment is not None:
            self._segment.append(text)

    def _refuse(self, *declaration: Any) -> None:
        raise _EntityDeclared(self.parser.CurrentLineNumber)


def _pairs(
    units: list[tuple[int, dict[str, str]]], wanted: list[str], path: str | Path, faults: Faults
) -> Iterator[Pair]:
    for line, texts in units:
        sides = [texts.get(code) for code in wanted]
        if sides[0] is None or sides[1] is None:
            found = ", ".join(sorted(texts)) or "none"
            faults.add(f"{path}:{line}", f"the unit's languages are {found}; {' and '.join(wanted)} are needed")
        else:
            yield Pair(tidy_text(sides[0]), tidy_text(sides[1]), Path(path).name, line)
