"""Options that several verbs share: numbers in a range, languages, bitext."""

import argparse
import logging
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH, Language, chosen_code

if TYPE_CHECKING:
    from pyserini_optical.bitext import Bitext

logger = logging.getLogger(__name__)

SAMPLE = 200
"""How many sentences are checked for their language."""


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or not text.strip().removeprefix("+").isascii() or "_" in text:
            raise argparse.ArgumentTypeError(f"{text}: give a whole number of at least {least}")
        return number

    return parse


def _real(least: float, most: float, range_in_words: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (least <= number <= most and math.isfinite(number)) or "_" in text:
            raise argparse.ArgumentTypeError(f"{text}: give a number {range_in_words}")
        return number

    return parse


count = _whole(1)
"""How many: hits, threads, a depth."""

natural = _whole(0)
"""How many, where 0 is allowed: a constant, a seed."""

share = _real(0.0, 1.0, "from 0 to 1")
"""A probability, a weight of one of two, BM25's b."""

amount = _real(0.0, math.inf, "of at least 0")
"""A number without an upper limit, such as BM25's k1 or a weight."""

positive = _real(math.nextafter(0.0, 1.0), math.inf, "above 0")
"""An amount that must not be 0."""


def parse_language(text: str) -> str:
    """ISO 639-3 code of a language in any spelling: `swa`, `sw`, `sw-KE`, `Swahili`."""
    try:
        return chosen_code(text)
    except OpticalError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


KINDS = (
    "FILE.tsv, .csv, .jsonl, .tmx (plain, .gz, .bz2, .xz), ENGLISH_FILE,FOREIGN_FILE, or hf:REPOSITORY[:CONFIG[:SPLIT]]"
)


def add_reading_options(parser: argparse.ArgumentParser, on_error: str = "stop") -> None:
    """Declare how bitext is read.

    Parameters
    ----------
    on_error : {"stop", "skip"}
        Default of `--on-error`.
    """
    parser.add_argument(
        "--language",
        type=parse_language,
        help="the foreign language (swa, sw, Swahili); by default taken from the file name, such as swa.tsv.gz",
    )
    parser.add_argument("--english", help="name or number of the English column, key or language in the files")
    parser.add_argument("--foreign", help="the same for the foreign language")
    parser.add_argument(
        "--on-error",
        choices=["stop", "skip"],
        default=on_error,
        help=f"what to do with a malformed line (default: {on_error})",
    )
    parser.add_argument(
        "--no-check-script",
        dest="check_script",
        action="store_false",
        help="keep pairs without a word in the language's script",
    )


def add_relevance_level(parser: argparse.ArgumentParser) -> None:
    """Declare the option that tells which grades count as relevant."""
    parser.add_argument(
        "-l",
        "--relevance-level",
        type=count,
        default=1,
        metavar="GRADE",
        help="lowest grade that counts as relevant (default: 1)",
    )


def find_bitext_language(named: str | None, files: list[str]) -> str:
    """Find the foreign language of bitext files: the one given, or the one in all of their names.

    Returns
    -------
    str
        ISO 639-3 code.

    Raises
    ------
    OpticalError
        It is English, or the file names contain no language or several.
    """
    from pyserini_optical.bitext import language_of

    if named == ENGLISH:
        raise OpticalError("--language eng: that is English; name the other language of the pairs")
    if named is not None:
        return named
    codes = sorted({language_of(name) for name in files})
    if len(codes) > 1:
        listed = f"{', '.join(files)}: the file names say {', '.join(codes)}"
        raise OpticalError(f"{listed}; give the files of one language, or --language")
    return codes[0]


def load_named_bitext(options: argparse.Namespace) -> "Bitext":
    """Load the bitext given by the options.

    Parameters
    ----------
    options : argparse.Namespace
        With `bitext`, a list of files, and what :func:`add_reading_options` declares.
    """
    from pyserini_optical.bitext import load_bitext

    code = find_bitext_language(options.language, options.bitext)
    names = options.english, options.foreign
    bitext = load_bitext(options.bitext, code, *names, options.on_error, options.check_script)
    other = find_other_language([pair.foreign for pair in bitext.pairs], code)
    if other is not None:
        logger.warning("%s: %s", ", ".join(options.bitext), other)
    return bitext


def find_other_language(texts: Sequence[str], language: str) -> str | None:
    """Say that most of a sample of texts read like another language, of those that the shipped student can tell apart.

    Returns
    -------
    str or None
        None where they do not, or where the student was not taught `language`.
    """
    from pyserini_optical.encoder.language_identifier import LANGUAGE_IDENTIFIER, LanguageIdentifier
    from pyserini_optical.shipped import shipped

    identifier = LanguageIdentifier.load(shipped("encoders/optical") / LANGUAGE_IDENTIFIER)
    if language not in identifier.languages or not texts:
        return None
    sample = texts[:: -(-len(texts) // SAMPLE)]
    found, times = Counter(map(identifier.identify, sample)).most_common(1)[0]
    if found == language or times <= len(sample) / 2:
        return None
    name, other = Language(language).name, Language(found).name
    return f"{times / len(sample):.0%} of the {name} sentences read like {other} ({found})"
