"""Options of every verb that reads bitext, and what they say together."""

import argparse
from typing import TYPE_CHECKING

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
    parser.add_argument("--language", help="the foreign language (swa, sw or Swahili); default: what the file is named")
    parser.add_argument("--english", help="name or number of the English column, key or language in the files")
    parser.add_argument("--foreign", help="name or number of the foreign one")
    parser.add_argument(
        "--on-error", choices=["stop", "skip"], default=on_error, help=f"what to do with a malformed line ({on_error})"
    )
    parser.add_argument(
        "--no-check-script", dest="check_script", action="store_false", help="keep pairs in another script"
    )


def find_bitext_language(language: str | None, files: list[str]) -> str:
    """Find the foreign language of bitext files: the one that was named, or the one that all of their names say.

    Returns
    -------
    str
        ISO 639-3 code.

    Raises
    ------
    OpticalError
        There is no such language, it is English, or the files' names say none or several.
    """
    from pyserini_optical.bitext import language_of
    from pyserini_optical.errors import OpticalError
    from pyserini_optical.languages import ENGLISH, find_language

    if language is not None:
        code = find_language(language).code
        if code == ENGLISH:
            raise OpticalError(f"--language {language}: is English; name the other language of the pairs")
        return code
    named = {name: language_of(name) for name in files}
    if len(set(named.values())) > 1:
        raise OpticalError(
            f"{', '.join(named)}: are named for {', '.join(sorted(set(named.values())))}; give the files of one "
            "language, or --language"
        )
    return next(iter(named.values()))


def load_named_bitext(options: argparse.Namespace) -> "Bitext":
    """Load the bitext that the options name.

    Parameters
    ----------
    options : argparse.Namespace
        With `bitext`, a list of files, and what :func:`add_reading_options` declares.
    """
    from pyserini_optical.bitext import load_bitext

    language = find_bitext_language(options.language, options.bitext)
    return load_bitext(
        options.bitext, language, options.english, options.foreign, options.on_error, options.check_script
    )
