"""Bitext from a translation memory (TMX), unit by unit: a damaged unit costs itself, not the file.

The file is cut at its units' tags, and each unit is parsed alone, without the document type: nothing is fetched, no
entity expands another.
"""

import codecs
import html.entities
import re
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from pyserini_optical.bitext.faults import Faults
from pyserini_optical.bitext.lines import WIDE_MARKS
from pyserini_optical.bitext.pair import Pair, tidy_text
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text
from pyserini_optical.languages import language_code

CHUNK = 1 << 16
LOOKED_AT = 16  # chunks, in which a file shows its languages
CODE = {"bpt": "", "ept": "", "it": "", "ut": "", "ph": " "}
"""Inline elements whose content is another program's code, and what is read in their place."""

_OPEN = re.compile(r"<(?:\w+:)?tu(?=[\s>])")
_PART = re.compile(r"<!--.*?-->|<(?:\w+:)?tu(?=[\s>]).*?</(?:\w+:)?tu\s*>", re.DOTALL)
_LANGUAGE = re.compile(r"""<(?:\w+:)?tuv\s[^>]*?\blang\s*=\s*["']([\w-]+)""")
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.-]+)\s+(?:"([^"&%<]*|&\#\w+;)"|'([^'&%<]*|&\#\w+;)')\s*>""")
_ENCODING = re.compile(rb"""<\?xml\s[^>]*\bencoding\s*=\s*["']([\w.:-]+)""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?:#(\d+);|#[xX]([0-9a-fA-F]+);|([A-Za-z][\w.-]*);)?")
_XML_ENTITIES = ("amp", "lt", "gt", "quot", "apos")
_MARKS = WIDE_MARKS | {codecs.BOM_UTF8: "utf-8-sig", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
# Browsers, too, read these as what they were widened to: files that declare the one often hold the other.
_WIDENED = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030"}


def read_tmx(path: Path, foreign: str, english: str, faults: Faults) -> Iterator[Pair]:
    """Read a file's translation units.

    Parameters
    ----------
    path : Path
        Plain or packed, in any encoding that it declares.
    foreign, english : str
        Languages in any spelling; one that the file writes just so (`pt-BR`) goes before others of the language.

    Yields
    ------
    Pair
        `line` is the line on which the unit ends. Of a unit with several texts in a language, one pair for each.

    Raises
    ------
    OpticalError
        The file holds no unit or is not in the encoding that it declares, or a unit is malformed and `faults` stops.
    """
    entities: dict[str, str] = {}
    rest, line, units = "", 1, 0
    for text in _read_text(path):
        rest += text
        if not units:
            entities |= {name: one or other for name, one, other in _ENTITY.findall(rest)}
        end = 0
        for match in _PART.finditer(rest):
            line += rest.count("\n", end, match.end())
            end = match.end()
            if match[0].startswith("<!--"):
                continue
            units += 1
            *broken, start = (each.start() for each in _OPEN.finditer(match[0]))
            for _ in broken:
                faults.add(f"{path}:{line}", "a translation unit is not closed")
            try:
                texts = _parse_unit(match[0][start:], entities)
                pairs = list(_pair_up(texts, english, foreign, path.name, line))
            except ValueError as error:
                faults.add(f"{path}:{line}", str(error))
            else:
                yield from pairs
        rest = rest[end:]
    if _OPEN.search(rest):
        faults.add(f"{path}:{line}", "the file ends within a translation unit that begins after this line")
    elif not units:
        raise OpticalError(f"{path}: contains no translation unit (<tu>), so it is not a TMX file; download it again")


def list_languages(path: Path) -> list[str]:
    """List the languages that the first units of a file are in, as it writes them."""
    return sorted(set(_LANGUAGE.findall("".join(islice(_read_text(path), LOOKED_AT)))))


def _read_text(path: Path) -> Iterator[str]:
    with open_text(path) as file:
        raw: Any = file.buffer  # type: ignore[attr-defined]
        chunk = raw.read(CHUNK)
        try:
            encoding = _find_encoding(chunk)
            errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
            decoder = codecs.getincrementaldecoder(encoding)(errors)
            while chunk:
                yield decoder.decode(chunk)
                chunk = raw.read(CHUNK)
            yield decoder.decode(b"", True)
        except (LookupError, UnicodeError) as error:
            raise OpticalError(
                f"{path}: cannot be read in the encoding it declares ({error}); convert it to UTF-8"
            ) from error


def _find_encoding(start: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    declared = _ENCODING.match(start.lstrip())
    name = declared[1].decode() if declared else "utf-8"
    try:
        "".encode(name)  # not every codec is one of text
    except LookupError as error:
        raise LookupError(name) from error
    name = codecs.lookup(name).name
    # Whoever reads the declaration as ASCII is not reading UTF-16.
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else _WIDENED.get(name, name)


def _parse_unit(unit: str, entities: dict[str, str]) -> list[tuple[str, str]]:
    """Language and text of each segment, without inline code."""
    texts: list[tuple[str, str]] = []
    language, code = "", 0
    segment: list[str] | None = None

    def open_tag(name: str, attributes: dict[str, str]) -> None:
        nonlocal language, segment, code
        name = name.rpartition(":")[2]
        if name == "tuv":
            language = next((value for key, value in attributes.items() if key.lower() in ("xml:lang", "lang")), "")
        elif name == "seg":
            segment = []
        elif name in CODE:
            code += 1
            add(CODE[name], code == 1)

    def close_tag(name: str) -> None:
        nonlocal segment, code
        name = name.rpartition(":")[2]
        if name == "seg" and segment is not None:
            texts.append((language.strip(), "".join(segment)))
            segment = None
        elif name in CODE:
            code -= 1

    def add(text: str, shown: bool | None = None) -> None:
        if segment is not None and (not code if shown is None else shown):
            segment.append(text)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = open_tag, close_tag, add
    try:
        parser.Parse(_fix_references(unit, entities).encode(), True)
    except UnicodeEncodeError as error:
        raise ValueError(
            "the unit contains a byte that is invalid in its encoding, or half a surrogate pair"
        ) from error
    except expat.ExpatError as error:
        raise ValueError(f"the unit is not XML ({expat.errors.messages[error.code]})") from error
    return texts


def _fix_references(unit: str, entities: dict[str, str]) -> str:
    """Write what tools write and XML forbids in a way that it allows: `&nbsp;`, a bare `&`, control characters."""

    def fix(match: re.Match[str]) -> str:
        decimal, hexadecimal, name = match.groups()
        if name:
            found = entities.get(name) or (name not in _XML_ENTITIES and html.entities.html5.get(f"{name};"))
            return escape(html.unescape(found)) if found else match[0]
        if not decimal and not hexadecimal:
            return "&amp;"
        number = int(decimal) if decimal else int(hexadecimal, 16)
        if number > 0x10FFFF or _CONTROL.match(chr(number)):
            return ""
        return chr(number) if 0xD800 <= number < 0xE000 else match[0]

    unit = _REFERENCE.sub(fix, _CONTROL.sub("", unit))
    # Two references to the halves of one character (&#xD83D;&#xDE00;) are that character.
    return unit if unit.isascii() else unit.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _pair_up(texts: list[tuple[str, str]], english: str, foreign: str, source: str, line: int) -> Iterator[Pair]:
    sides = []
    for wanted in (english, foreign):
        exact = [text for tag, text in texts if tag.casefold() == wanted.casefold()]
        code = language_code(wanted)
        sides.append(exact or [text for tag, text in texts if language_code(tag) == code])
    if not all(sides):
        found = ", ".join(sorted({tag or "none" for tag, _ in texts})) or "none"
        raise ValueError(f"the unit's languages are {found}, but {english} and {foreign} are needed")
    # As many of each are in step: some tools write a whole text as one unit. Else each translates each.
    in_step = len(sides[0]) == len(sides[1])
    for one, other in zip(*sides, strict=True) if in_step else product(*sides):
        yield Pair(tidy_text(one), tidy_text(other), source, line)
