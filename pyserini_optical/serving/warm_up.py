"""Made-up questions before the first real one: Java compiles what it runs often, and caches fill."""

import random
import time
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any

from pyserini_optical.lexicon.table import TranslationTable

LENGTH, TOGETHER = 12, 8
"""Words of a made-up question, and questions that are searched together."""


def warm_up(searcher: Any, seconds: float) -> None:
    """Answer made-up questions for a while.

    Parameters
    ----------
    searcher : OpticalSearcher
        An open one; without translation tables there is nothing to make questions of, and nothing is done.
    seconds : float
        No batch is begun later than this.
    """
    end = time.monotonic() + seconds
    questions = make_questions(searcher.tables) if seconds else iter(())
    while time.monotonic() < end and (batch := list(islice(questions, TOGETHER))):
        queries, languages = zip(*batch, strict=True)
        for answer in searcher.batch_search(queries, languages=languages):
            answer.to_json()


def make_questions(tables: Mapping[str, TranslationTable]) -> Iterator[tuple[str, str]]:
    """Draw questions from the words of each table in turn, always the same.

    Yields
    ------
    question, language : str
        Without end, unless no table has a word.
    """
    words = {language: [word for word in table.words if not word.endswith("*")] for language, table in tables.items()}
    draw = random.Random(0)
    for language in cycle([language for language in words if words[language]]):
        yield " ".join(draw.choices(words[language], k=LENGTH)), language
