"""Options of every verb that reads bitext, and what they say together."""

import argparse
from typing import TYPE_CHECKING

from pyserini_optical.commands.language_option import parse_language

if TYPE_CHECKING:
    from pyserini_optical.bitext import Bitext

KINDS = "FILE.tsv, .csv, .jsonl, .tmx (plain or .gz), ENGLISH_FILE,FOREIGN_FILE, or hf:REPOSITORY[:CONFIG[:SPLIT]]"


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
        help="the foreign language (swa, sw, Swahili); by default a file's name says it",
    )
    parser.add_argument("--english", help="name or number of the English column, key or language in the files")
    parser.add_argument("--foreign", help="name or number of the foreign one")
    parser.add_argument(
        "--on-error", choices=["stop", "skip"], default=on_error, help=f"what to do with a malformed line ({on_error})"
    )
    parser.add_argument(
        "--no-check-script", dest="check_script", action="store_false", help="keep pairs in another script"
    )


def find_bitext_language(named: str | None, files: list[str]) -> str:
    """Find the foreign language of bitext files: the one that was named, or the one that all of their names say.

    Returns
    -------
    str
        ISO 639-3 code.

    Raises
    ------
    OpticalError
        It is English, or the files' names say no language or several.
    """
    from pyserini_optical.bitext import language_of
    from pyserini_optical.errors import OpticalError
    from pyserini_optical.languages import ENGLISH

    if named == ENGLISH:
        raise OpticalError("--language eng: is English; name the other language of the pairs")
    if named is not None:
        return named
    codes = sorted({language_of(name) for name in files})
    if len(codes) > 1:
        listed = f"{', '.join(files)}: are named for {', '.join(codes)}"
        raise OpticalError(f"{listed}; give the files of one language, or --language")
    return codes[0]


def load_named_bitext(options: argparse.Namespace) -> "Bitext":
    """Load the bitext that the options name.

    Parameters
    ----------
    options : argparse.Namespace
        With `bitext`, a list of files, and what :func:`add_reading_options` declares.
    """
    from pyserini_optical.bitext import load_bitext

    code = find_bitext_language(options.language, options.bitext)
    return load_bitext(options.bitext, code, options.english, options.foreign, options.on_error, options.check_script)
