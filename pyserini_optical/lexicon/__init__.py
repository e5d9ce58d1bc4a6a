"""The translation table: IBM Model 1 by EM; fall-backs; save, load, look up."""

from pyserini_optical.lexicon.backoff import Translation, translate_word
from pyserini_optical.lexicon.english import ENGLISH_ANALYZER, english_terms
from pyserini_optical.lexicon.ibm1 import learn_ibm1
from pyserini_optical.lexicon.learn import LearnOptions, learn_table
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.words import FOREIGN_ANALYZER, foreign_words

__all__ = [
    "ENGLISH_ANALYZER",
    "FOREIGN_ANALYZER",
    "LearnOptions",
    "Translation",
    "TranslationTable",
    "english_terms",
    "foreign_words",
    "learn_ibm1",
    "learn_table",
    "translate_word",
]
