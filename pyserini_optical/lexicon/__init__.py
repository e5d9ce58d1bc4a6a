"""Translation tables: learned by IBM Model 1, saved, loaded, looked up, with fall-backs for unknown words.

Names are imported on first use, so that looking words up does not load the code that learns a table.
"""

from pyserini_optical.lazy import import_lazily

_HOMES = {
    "Translation": "backoff",
    "translate_word": "backoff",
    "ENGLISH_ANALYZER": "english",
    "english_terms": "english",
    "learn_ibm1": "ibm1",
    "LearnOptions": "learn",
    "learn_table": "learn",
    "TranslationTable": "table",
    "FOREIGN_ANALYZER": "words",
    "foreign_words": "words",
}

__all__ = sorted(_HOMES)

__getattr__ = import_lazily(__name__, _HOMES)
