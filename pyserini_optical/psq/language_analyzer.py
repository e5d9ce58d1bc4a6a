"""The analyzers behind Pyserini's `--language`, for tables that translate into the terms of such indexes."""

from dataclasses import replace
from typing import TYPE_CHECKING

from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import find_language
from pyserini_optical.lexicon.english import ENGLISH_ANALYZER
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.plugin.java import prepare_java

if TYPE_CHECKING:
    from pyserini_optical.lexicon.learn import Analyzer

PREFIX = "lucene-language-"
"""Prefix of the language's code in the analyzer name that a table records."""

WHITESPACE = frozenset({"ha", "so", "sw", "yo"})
"""Languages that Anserini only splits at white space."""


def open_analyzer(language: str) -> "Analyzer":
    """Open Lucene's analyzer for a language, as `pyserini.index.lucene --language` does.

    Parameters
    ----------
    language : str
        Code or name.

    Raises
    ------
    OpticalError
        Pyserini has no analyzer for the language, or there is no JDK.
    """
    found = find_language(language)
    code = found.short if found.short in WHITESPACE else found.analyzer
    if code is None:
        raise OpticalError(
            f"--analyzer {language}: Pyserini has no analyzer for it; index without --language, and leave out "
            "--analyzer"
        )
    prepare_java()
    from pyserini.pyclass import autoclass

    from pyserini_optical.lexicon.learn import Analyzer

    if code in WHITESPACE:
        lucene = autoclass("org.apache.lucene.analysis.core.WhitespaceAnalyzer")()
    else:
        lucene = autoclass("io.anserini.analysis.AnalyzerMap").getLanguageSpecificAnalyzer(code)
    utils = autoclass("io.anserini.analysis.AnalyzerUtils")

    def analyze(text: str) -> list[str]:
        listed = utils.analyze(lucene, text).toString()[1:-1]  # one call into Java: a term contains no space
        return listed.split(", ") if listed else []

    return Analyzer(f"{PREFIX}{code}", analyze)


def bind_analyzer(table: TranslationTable) -> TranslationTable:
    """Analyse words that are not in a table with the analyzer that the table was made with.

    Raises
    ------
    OpticalError
        The analyzer is not one of Pyserini's.
    """
    name = table.english_analyzer
    if name == ENGLISH_ANALYZER:
        return table
    if not name.startswith(PREFIX):
        raise OpticalError(
            f"the table ({table.language}) contains terms of the analyzer {name!r}, which Pyserini does not have; "
            "learn "
            "the table again"
        )
    return replace(table, analyze=open_analyzer(name.removeprefix(PREFIX)).analyze)
