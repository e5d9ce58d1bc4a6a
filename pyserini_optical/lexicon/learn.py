"""From sentence pairs to a translation table."""

import dataclasses
import functools
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np
import scipy.sparse

from pyserini_optical.bitext import Pair
from pyserini_optical.errors import OpticalError
from pyserini_optical.languages import ENGLISH
from pyserini_optical.lexicon.english import ENGLISH_ANALYZER, english_terms
from pyserini_optical.lexicon.ibm1 import learn_ibm1
from pyserini_optical.lexicon.table import TranslationTable
from pyserini_optical.lexicon.words import foreign_words, stem_word

logger = logging.getLogger(__name__)

STOP_MARK = "\0"

FREQUENT_TERMS, UNINDEXED_WORDS = 10, 20
"""Number of each that a table records, to check how an index was analysed."""


@dataclasses.dataclass(frozen=True)
class LearnOptions:
    """Options for learning a table; the defaults did best in `eval/experiments/lexicon.md`.

    Attributes
    ----------
    iterations : int
        EM iterations.
    prior : float
        Dirichlet prior of :func:`pyserini_optical.lexicon.ibm1.learn_ibm1`.
    threshold : float
        Translations less probable than this are left out.
    most : int
        Most translations kept per word.
    stem_length : int
        Also learn translations of word stems, the first `stem_length` letters, for words too rare or too inflected to
        be in the main table; 0: none.
    stem_threshold : float
        `threshold` for stems.
    """

    iterations: int = 8
    prior: float = 0.003
    threshold: float = 0.02
    most: int = 12
    stem_length: int = 5
    stem_threshold: float = 0.05


@dataclasses.dataclass(frozen=True)
class Analyzer:
    """The analyzer of the index that is to be searched.

    Attributes
    ----------
    name : str
        Recorded in the table, which can then only be used with an index analysed in the same way.
    analyze : callable
        Maps a text to index terms; stop words are either prefixed with :data:`STOP_MARK` or left out.
    """

    name: str
    analyze: Callable[[str], list[str]]


DEFAULT_ANALYZER = Analyzer(ENGLISH_ANALYZER, functools.partial(english_terms, stop_mark=STOP_MARK))
"""Pyserini's default analyzer, which it also uses for languages without a Lucene analyzer."""


def learn_table(
    pairs: Iterable[Pair],
    language: str,
    options: LearnOptions | None = None,
    documents: str = ENGLISH,
    analyzer: Analyzer = DEFAULT_ANALYZER,
) -> TranslationTable:
    """Learn a translation table: from the language into English or, with `documents`, from English into the language.

    English stop words take part in the alignment, so that foreign function words have something to align to, but are
    left out of the table because they are not indexed: a word's probabilities sum to 1 minus their share.

    Parameters
    ----------
    language : str
        ISO 639-3 code of the foreign side.
    documents : str
        Language of the index: `eng` or the same as `language`.
    analyzer : Analyzer
        The analyzer of the index.

    Returns
    -------
    TranslationTable
        Its provenance records the number of pairs, in total and by source, and the options; with `documents`, also
        words that show whether an index was analysed in the same way.

    Raises
    ------
    OpticalError
        No pair has words on both sides.
    """
    options = options or LearnOptions()
    words: dict[str, int] = {}
    terms: dict[str, int] = {}
    queries = language if documents == ENGLISH else ENGLISH
    sources_of, targets_of = [], []
    sources: Counter[str] = Counter()
    given: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for pair in pairs:
        sources[pair.source] += 1
        asked, indexed = (pair.foreign, pair.english) if documents == ENGLISH else (pair.english, pair.foreign)
        sources_of.append(_number(foreign_words(asked, queries), words))
        analyzed = analyzer.analyze(indexed)
        targets_of.append(_number(analyzed, terms))
        if documents != ENGLISH:
            given.update(term for term in analyzed if not term.startswith(STOP_MARK))
            written.update(foreign_words(indexed, documents))
    if not sources_of:
        raise OpticalError(f"the bitext for {language} contains no pairs; there is nothing to learn from")
    logger.info("%d pairs, %d words, %d terms", len(sources_of), len(words), len(terms))

    learn = functools.partial(learn_ibm1, target_size=len(terms), iterations=options.iterations, prior=options.prior)
    matrix = learn(sources_of, targets_of, len(words), threshold=options.threshold)
    rows = _rows(matrix, list(words), list(terms), options.most)
    if options.stem_length:
        stems: dict[str, int] = {}
        stem_of = _number([stem_word(word, options.stem_length) for word in words], stems)
        matrix = learn([stem_of[ids] for ids in sources_of], targets_of, len(stems), threshold=options.stem_threshold)
        rows |= _rows(matrix, list(stems), list(terms), options.most)
    return TranslationTable.from_rows(
        queries,
        rows,
        document_language=documents,
        english_analyzer=analyzer.name,
        stem_length=options.stem_length,
        provenance={
            "pairs": len(sources_of),
            "sources": dict(sources.most_common()),
            "options": dataclasses.asdict(options),
        }
        | ({} if documents == ENGLISH else _remember_analyzer(given, written)),
    )


def _remember_analyzer(given: Counter[str], written: Counter[str]) -> dict[str, list[str]]:
    """Find the analyzer's most frequent terms, and the most frequent words that it never leaves unchanged."""
    never = (word for word, _ in written.most_common() if word not in given)
    return {
        "frequent_terms": [term for term, _ in given.most_common(FREQUENT_TERMS)],
        "unindexed_words": list(islice(never, UNINDEXED_WORDS)),
    }


def _number(tokens: list[str], vocabulary: dict[str, int]) -> np.ndarray:
    return np.array([vocabulary.setdefault(token, len(vocabulary)) for token in tokens], np.int32)


def _rows(
    matrix: scipy.sparse.csr_matrix, words: list[str], terms: list[str], most: int
) -> dict[str, list[tuple[str, float]]]:
    """Rows of the table; a word that translates only to stop words has an empty one."""
    rows = {}
    for row, word in enumerate(words):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        found = list(zip((terms[term] for term in matrix.indices[part]), matrix.data[part].tolist(), strict=True))
        if found:
            content = [entry for entry in found if not entry[0].startswith(STOP_MARK)]
            rows[word] = sorted(content, key=lambda entry: (-entry[1], entry[0]))[:most]
    return rows
