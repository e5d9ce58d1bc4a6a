"""Pseudo-relevance feedback: search again with what the first documents of the fused list say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from pyserini_optical.errors import OpticalError

METHODS = ("rocchio", "rm3", "both")


@dataclass(frozen=True)
class Feedback:
    """How to search again; the defaults of the numbers are Pyserini's.

    Attributes
    ----------
    method : {"rocchio", "rm3", "both"}
        The dense side's query vector moves, the sparse side's query gets terms, or both.
    depth : int
        How many documents of the fused list are believed.
    rocchio_alpha, rocchio_beta : float
        Weights of the query's vector and of the mean vector of the documents.
    rocchio_topk : int
        How many of the believed documents are in that mean.
    terms : int
        How many index terms a query gets.
    original_query_weight : float
        Share of the weight that the words of the query keep.

    References
    ----------
    Rocchio, Relevance Feedback in Information Retrieval, 1971. Abdul-Jaleel et al., UMass at TREC 2004: Novelty and
    HARD (RM3). Li et al., Pseudo Relevance Feedback with Deep Language Models and Dense Retrievers, TOIS 2023.
    """

    method: str = "rocchio"
    depth: int = 10
    rocchio_alpha: float = 0.9
    rocchio_beta: float = 0.1
    rocchio_topk: int = 3
    terms: int = 10
    original_query_weight: float = 0.5

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OpticalError(f"feedback method {self.method!r} is not known; choose one of {', '.join(METHODS)}")
        if min(self.depth, self.rocchio_topk, self.terms) < 1:
            raise OpticalError(
                f"feedback by depth={self.depth}, rocchio_topk={self.rocchio_topk}, terms={self.terms}: "
                "give numbers from 1"
            )
        if not 0.0 <= self.original_query_weight <= 1.0:
            raise OpticalError(f"original query weight {self.original_query_weight}: give a share from 0 to 1")

    @property
    def expands(self) -> bool:
        """Whether the sparse side searches again."""
        return self.method in ("rm3", "both")

    @property
    def moves(self) -> bool:
        """Whether the dense side searches again."""
        return self.method in ("rocchio", "both")


@runtime_checkable
class ExpandingSearcher(Protocol):
    """A sparse searcher that knows the terms of documents, as `StructuredQuerySearcher` does."""

    def relevance_model(self, scores: Mapping[str, float], terms: int) -> dict[str, float]:
        """Estimate index terms from documents and how much each is believed."""
        ...

    def search_expanded(
        self,
        queries: Sequence[str],
        qids: Sequence[str],
        models: Mapping[str, Mapping[str, float]],
        original_weight: float,
        k: int,
        threads: int,
    ) -> dict[str, list[Any]]:
        """Search with queries and the models of each."""
        ...


def search_expanded(
    searcher: Any,
    feedback: Feedback,
    topics: Mapping[str, str],
    believed: Mapping[str, Mapping[str, float]],
    k: int,
    threads: int,
) -> dict[str, list[Any]]:
    """Search the sparse side again.

    Parameters
    ----------
    searcher : ExpandingSearcher
    feedback : Feedback
    topics : mapping of str to str
        Query id -> query.
    believed : mapping of str to mapping of str to float
        Query id -> document id -> fused score.
    k, threads : int

    Returns
    -------
    dict of str to list of hits

    Raises
    ------
    OpticalError
        The searcher cannot expand queries.
    """
    if not isinstance(searcher, ExpandingSearcher):
        raise OpticalError(f"{type(searcher).__name__} does not expand queries; give rm3 a StructuredQuerySearcher")
    models = {query: searcher.relevance_model(scores, feedback.terms) for query, scores in believed.items()}
    return searcher.search_expanded(
        list(topics.values()), list(topics), models, feedback.original_query_weight, k, threads
    )


def search_moved(
    searcher: Any,
    feedback: Feedback,
    topics: Mapping[str, str],
    believed: Mapping[str, Mapping[str, float]],
    k: int,
    threads: int,
) -> dict[str, list[Any]]:
    """Search the dense side again; parameters as those of :func:`search_expanded`, with a `FaissSearcher`.

    A believed document that the dense index does not hold is passed over, a query without any stays where it is.

    Raises
    ------
    OpticalError
        The index does not give vectors back.
    """
    from pyserini.search.faiss import DenseVectorRocchioPrf, PrfDenseSearchResult

    rule = DenseVectorRocchioPrf(feedback.rocchio_alpha, feedback.rocchio_beta, 0.0, feedback.rocchio_topk, 0)
    row_of = {document: row for row, document in enumerate(searcher.docids)}
    moved = []
    for query, text in topics.items():
        vector = searcher.query_encoder.encode(text)
        found = [
            PrfDenseSearchResult(document, score, _read_vector(searcher.index, row_of[document]))
            for document, score in believed[query].items()
            if document in row_of
        ]
        moved.append(rule.get_prf_q_emb(vector, found) if found else vector)
    return searcher.batch_search(np.stack(moved), list(topics), k, threads)


def _read_vector(index: Any, row: int) -> np.ndarray:
    try:
        return index.reconstruct(row)
    except RuntimeError as error:
        raise OpticalError(
            f"a Faiss index of type {type(index).__name__} gives no vectors back, which Rocchio needs; search a flat "
            "index, or give --prf-method rm3"
        ) from error
