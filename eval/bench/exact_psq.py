"""Probabilistic structured queries by their exact formula, without Lucene: the yardstick for tables and for searchers.

Darwish and Oard, *Probabilistic Structured Query Methods*, SIGIR 2003: a foreign query word f has in a document the
frequency ``sum_e p(e | f) tf(e)`` and in the collection the document frequency ``sum_e p(e | f) df(e)``; BM25 (k1 0.9,
b 0.4, Lucene's idf, exact document lengths) then scores it like any term.
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.sparse

from pyserini_optical.lexicon.english import english_terms

K1, B = 0.9, 0.4


class ExactPsq:
    """BM25 over a small English collection held in memory."""

    def __init__(self, docids: Sequence[str], texts: Sequence[str]) -> None:
        self.docids = np.array(docids)
        self.vocabulary: dict[str, int] = {}
        rows, columns, lengths = [], [], []
        for number, text in enumerate(texts):
            terms = english_terms(text)
            rows += [self.vocabulary.setdefault(term, len(self.vocabulary)) for term in terms]
            columns += [number] * len(terms)
            lengths.append(len(terms))
        shape = (len(self.vocabulary), len(texts))
        self.frequency = scipy.sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
        self.document_frequency = np.diff(self.frequency.indptr).astype(np.float64)
        self.saturation = (K1 * (1 - B + B * np.array(lengths) / np.mean(lengths))).astype(np.float32)

    @classmethod
    def of_collection(cls, path: str | Path) -> "ExactPsq":
        """Read a `corpus.jsonl.gz` whose lines have `id`, `title` and `contents`."""
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            passages = [json.loads(line) for line in lines]
        return cls([passage["id"] for passage in passages], [f"{p['title']} {p['contents']}" for p in passages])

    def score(self, queries: Sequence[Sequence[Sequence[tuple[str, float]]]]) -> np.ndarray:
        """Score all documents.

        Returns
        -------
        numpy.ndarray, shape (queries, documents)
        """
        values, rows, columns, query_of = [], [], [], []
        for number, words in enumerate(queries):
            for word in words:
                for term, probability in word:
                    if term in self.vocabulary:
                        values.append(probability)
                        rows.append(len(query_of))
                        columns.append(self.vocabulary[term])
                query_of.append(number)
        shape = (len(query_of), len(self.vocabulary))
        alternatives = scipy.sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=shape)
        frequency = (alternatives @ self.frequency).tocsr()
        frequency.data /= frequency.data + self.saturation[frequency.indices]
        df = alternatives @ self.document_frequency
        idf = np.log1p((len(self.docids) - df + 0.5) / (df + 0.5))
        gather = scipy.sparse.csr_matrix(
            (idf, (query_of, np.arange(len(query_of)))), shape=(len(queries), len(query_of))
        )
        return (gather @ frequency).toarray()


def reciprocal_ranks(scores: np.ndarray, docids: np.ndarray, relevant: Sequence[str], depth: int = 10) -> np.ndarray:
    """Reciprocal rank of each query's one relevant document, 0 beyond `depth`; ties by document id."""
    by_docid = np.argsort(docids)
    ranks = np.empty(len(relevant))
    for number, docid in enumerate(relevant):
        order = by_docid[np.argsort(-scores[number, by_docid], kind="stable")[:depth]]
        found = np.flatnonzero((docids[order] == docid) & (scores[number, order] > 0))
        ranks[number] = 1 / (found[0] + 1) if len(found) else 0
    return ranks
