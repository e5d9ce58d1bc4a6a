"""Made-up questions for idle workers: Java compiles what it runs often, and caches fill, before many users come."""

import random
from typing import Any

LENGTH = 12
"""Words of a question."""


def answer_made_up(searcher: Any) -> bool:
    """Answer one question made of random words of one language's translation table.

    Parameters
    ----------
    searcher : OpticalSearcher

    Returns
    -------
    bool
        False if it has no table to make a question from, as in a search by meaning alone, which needs no Java.
    """
    tables = [table for table in searcher.tables.values() if len(table)]
    if not tables:
        return False
    table = random.choice(tables)
    searcher.search(" ".join(random.choices(list(table.words), k=LENGTH)), language=table.language).to_json()
    return True
