"""Properties of languages: codes, name, script, direction, elision and Lucene analyzer."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pyserini_optical.errors import OpticalError

ENGLISH = "eng"

ELISION = {
    "fra": re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)"),
    "ita": re.compile(
        r"\b(?:[cdlmnstv]|gl|un|all|dall|dell|nell|sull|coll|quest|quell|bell|sant|tutt|mezz|anch|com|dov|cos)'(?=\w)"
    ),
}
"""ISO 639-3 code -> what of a lower-case word stands before an apostrophe and is a word of its own (`l'eau`)."""

# Languages accepted by `--language` of pyserini.index.lucene and by LuceneSearcher.set_language.
_ANALYZERS = re.compile("ar|bn|da|de|en|es|fi|fr|hi|hu|id|it|ja|ko|nl|no|pt|ru|te|th|tr|zh")
_NO_LANGUAGE = ("und", "mul", "zxx", "mis")
_COMPOSED = {"Jpan": ("Hira", "Kana", "Hani"), "Kore": ("Hang", "Hani"), "Hans": ("Hani",), "Hant": ("Hani",)}


@dataclass(frozen=True)
class Language:
    """A language; its properties are looked up on demand.

    Attributes
    ----------
    code : str
        ISO 639-3, macrolanguages before their members (`swa`, not `swh`), as :func:`find_language` gives it.

    Examples
    --------
    >>> urdu = find_language("ur")
    >>> urdu.code, urdu.name, urdu.script, urdu.right_to_left, urdu.analyzer
    ('urd', 'Urdu', 'Arab', True, None)
    """

    code: str

    @cached_property
    def short(self) -> str | None:
        """ISO 639-1 code (`sw`), or None."""
        short = _shorten(self.code)
        return short if len(short) == 2 else None

    @cached_property
    def name(self) -> str:
        """English name, or the code if the language has no name."""
        from langcodes import Language as Tag

        name = Tag.make(language=_shorten(self.code)).language_name()
        return self.code if name.startswith("Unknown language") else name

    @cached_property
    def script(self) -> str | None:
        """Usual script, ISO 15924 (`Latn`, `Deva`, `Jpan`); None if unknown."""
        return next(iter(self._likely_scripts()), None)

    @cached_property
    def scripts(self) -> frozenset[str]:
        """Unicode scripts that the language's letters may be in, such as Hira, Kana and Hani; empty: not known."""
        return frozenset(part for script in self._likely_scripts() for part in _COMPOSED.get(script, (script,)))

    @property
    def right_to_left(self) -> bool:
        """Whether its usual script runs from right to left."""
        from fontTools.unicodedata import script_horizontal_direction

        return self.script is not None and script_horizontal_direction(self.script, "LTR") == "RTL"

    @property
    def analyzer(self) -> str | None:
        """Code of Pyserini's Lucene analyzer for the language, or None."""
        short = {"nb": "no", "nn": "no"}.get(self.short or "", self.short)
        return short if short and _ANALYZERS.fullmatch(short) else None

    def _likely_scripts(self) -> list[str]:
        from langcodes.data_dicts import LIKELY_SUBTAGS

        # Of a member such as `cmn`, which Unicode's table lacks, the macrolanguage's: `zh`.
        short = _shorten(_find_code(self.code) or self.code)
        return [tag.split("-")[1] for key, tag in LIKELY_SUBTAGS.items() if key.split("-")[0] == short]


def find_language(text: str) -> Language:
    """Find a language by any of its codes or names.

    Parameters
    ----------
    text : str
        Two- or three-letter code, with or without script and region, or a name: `sw`, `swa`, `swh`, `sw-KE`,
        `swa_Latn`, `Swahili`.

    Raises
    ------
    OpticalError
        No language goes by that name.

    Examples
    --------
    >>> [find_language(text).code for text in ("sw", "swh_Latn", "Swahili", "tl", "npi", "zh-Hant")]
    ['swa', 'swa', 'swa', 'tgl', 'nep', 'zho']
    """
    code = _find_code(text)
    if code is None:
        raise OpticalError(
            f"language {text!r} is not known; give its ISO 639 code (swa or sw) or its English name (Swahili)"
        )
    return Language(code)


def chosen_code(text: str) -> str:
    """Code under which a language is kept: a three-letter one as it was typed, else that of :func:`find_language`.

    Raises
    ------
    OpticalError
        No language goes by that name.

    Examples
    --------
    >>> [chosen_code(text) for text in ("npi", "ne", "Swahili")]
    ['npi', 'nep', 'swa']
    """
    typed = text.strip().lower()
    found = find_language(typed).code
    return typed if re.fullmatch("[a-z]{3}", typed) else found


def language_code(text: str) -> str:
    """ISO 639-3 code of a language as :func:`find_language` knows it; an unknown text in lower case, as it is."""
    return _find_code(text) or text.strip().lower()


def match_language(wanted: str, known: Iterable[str]) -> str | None:
    """Name by which a language is known: the same, or another of the same language (`npi` for `nep`, Nepali).

    Examples
    --------
    >>> match_language("nep", ["mar", "npi"]), match_language("npi", ["npi", "nep"]), match_language("fra", ["npi"])
    ('npi', 'npi', None)
    """
    names = list(known)
    code = language_code(wanted)
    return wanted if wanted in names else next((name for name in names if language_code(name) == code), None)


@lru_cache(maxsize=1024)
def _find_code(text: str) -> str | None:
    import langcodes

    tag = text.strip().replace("_", "-")
    if not langcodes.tag_is_valid(tag):
        tag = _find_name(text) or "und"
    short = langcodes.standardize_tag(tag, macro=True).split("-")[0]
    code = "und" if short == "x" else _lengthen(short)  # x-foo is a private name, which says nothing
    return None if code in _NO_LANGUAGE else code


def _find_name(name: str) -> str | None:
    from language_data.names import TRIES, name_to_code, normalize_name

    for language in ("en", "und"):  # und: a name in whatever language
        tag: str | None = name_to_code("language", name, language)
        # What only begins with a name is found too: 'germanic'.
        if tag is not None and normalize_name(name) in TRIES[f"{language}/name_to_language"]:
            return tag
    return None


def _lengthen(short: str) -> str:
    from langcodes import Language as Tag

    # Unicode's registry takes Tagalog for a deprecated name of Filipino; the data sets say Tagalog.
    code: str = Tag.make(language="tl" if short == "fil" else short).to_alpha3()
    return code


@lru_cache(maxsize=1024)
def _shorten(code: str) -> str:
    """Give the shortest code, the key of Unicode's tables."""
    import langcodes

    if code == "tgl":
        return "tl"
    try:
        return langcodes.standardize_tag(code).split("-")[0]
    except ValueError:
        return code


def script_name(script: str) -> str:
    """English name of a script (`Thai`, `Cyrillic`) by its ISO 15924 code; or the code if it has no name."""
    from langcodes import Language as Tag

    name = Tag.make(script=script).script_name()
    return script if name.startswith("Unknown") else name


def script_of(text: str) -> str | None:
    """Name the script that most letters of a text are in.

    Returns
    -------
    str or None
        ISO 15924, such as `Latn`; None for a text without letters.

    Examples
    --------
    >>> script_of("पाणी"), script_of("é 42"), script_of("42 !")
    ('Deva', 'Latn', None)
    """
    if text.isascii():
        return "Latn" if any(letter.isalpha() for letter in text) else None
    counts = Counter(script for script in map(_letter_script, text) if script)
    return counts.most_common(1)[0][0] if counts else None


@lru_cache(maxsize=8192)
def _letter_script(letter: str) -> str | None:
    from fontTools.unicodedata import script

    # Vowel signs are marks; without them a Devanagari word would count as half of what it is.
    if unicodedata.category(letter)[0] not in "LM":
        return None
    code: str = script(letter)
    return None if code in ("Zyyy", "Zinh", "Zzzz") else code  # shared by scripts, or of none
