"""Structured queries as Lucene queries."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pyserini_optical.psq.structured import StructuredWord

CACHED_WORDS = 50_000

DOCUMENT_FREQUENCIES = ("max", "expected")


class LuceneQueryBuilder:
    r"""Turn structured queries into Lucene's, for one index.

    A word becomes a `SynonymQuery` with its translation probabilities as boosts: Lucene sums the frequencies of the
    terms in a document, each weighted by its probability, and scores the sum as the frequency of a single term
    (:math:`tf = \sum_t p_t \, tf_t`). As its document frequency Lucene takes the highest among the terms. The exact
    formula uses the expected one, :math:`df = \sum_t p_t \, df_t`. In BM25 the document frequency only enters the
    inverse document frequency, which is a factor of the score, so boosting by the ratio of the two factors gives the
    exact score.

    Parameters
    ----------
    reader : org.apache.lucene.index.IndexReader
        As pyjnius wraps it.
    document_frequency : {"max", "expected"}
        Lucene's approximation or the exact formula.

    References
    ----------
    Darwish and Oard, Probabilistic Structured Query Methods for Cross-Language Information Retrieval, SIGIR 2003.
    """

    def __init__(self, reader: Any, field: str, document_frequency: str = "max") -> None:
        from pyserini.pyclass import autoclass

        make_term = autoclass("org.apache.lucene.index.Term")
        self._synonyms = autoclass("org.apache.lucene.search.SynonymQuery$Builder")
        self._boolean = autoclass("org.apache.lucene.search.BooleanQuery$Builder")
        self._boost = autoclass("org.apache.lucene.search.BoostQuery")
        self._should = autoclass("org.apache.lucene.search.BooleanClause$Occur").SHOULD
        self._reader = reader
        self._field = field
        self._exact = document_frequency == "expected"
        self._documents = reader.getDocCount(field)
        # Each call into Java costs microseconds, and the same words recur from query to query.
        self._term = lru_cache(CACHED_WORDS)(lambda term: make_term(field, term))
        self._word_query = lru_cache(CACHED_WORDS)(self._build_word)
        self.count_documents = lru_cache(CACHED_WORDS)(self._count_documents)

    def build(self, words: Sequence[StructuredWord]) -> Any:
        """Build the query: any of the words may match, and a repeated word counts as often as it occurs."""
        query = self._boolean()
        for word in words:
            if word.terms:
                query.add(self._word_query(word.terms, word.count), self._should)
        return query.build()

    def forget_words(self) -> None:
        """Empty the cache of words."""
        self._word_query.cache_clear()

    def _build_word(self, terms: tuple[tuple[str, float], ...], count: int) -> Any:
        builder = self._synonyms(self._field)
        for term, probability in terms:
            builder.addTerm(self._term(term), probability)
        boost = float(count) * (self._exact_ratio(terms) if self._exact else 1.0)
        query = builder.build()
        return query if boost == 1.0 else self._boost(query, boost)

    def _exact_ratio(self, terms: tuple[tuple[str, float], ...]) -> float:
        frequencies = [self.count_documents(term) for term, _ in terms]
        expected = sum(p * frequency for (_, p), frequency in zip(terms, frequencies, strict=True))
        highest = max(frequencies)
        if expected == highest:
            return 1.0
        return self._inverse_frequency(min(expected, self._documents)) / self._inverse_frequency(highest)

    def _inverse_frequency(self, frequency: float) -> float:
        return math.log(1.0 + (self._documents - frequency + 0.5) / (frequency + 0.5))

    def _count_documents(self, term: str) -> int:
        return int(self._reader.docFreq(self._term(term)))
