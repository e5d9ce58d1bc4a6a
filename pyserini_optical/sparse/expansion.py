"""RM3 on structured queries: index terms of believed documents beside the words of the query. No Java here."""

import re
from collections.abc import Callable, Mapping, Sequence

from pyserini_optical.sparse.structured import StructuredWord

LARGEST_SHARE = 0.1
"""Terms of more than this share of the documents say nothing about a query; as in Anserini."""

Clause = tuple[tuple[tuple[str, float], ...], float]
"""Index terms that stand for one word, with probabilities; and the word's weight."""

_ORDINARY_TERM = re.compile(r"[a-z0-9]{2,20}")


def estimate_relevance_model(
    documents: Sequence[Mapping[str, int]],
    scores: Sequence[float],
    terms: int = 10,
    keep: Callable[[str], bool] = lambda term: True,
) -> dict[str, float]:
    r"""Estimate which index terms a relevant document holds: :math:`P(w|R) \propto \sum_d s_d \, tf_{w,d} / |d|`.

    Parameters
    ----------
    documents : sequence of mapping of str to int
        Index term -> frequency.
    scores : sequence of float
        How much each document is believed; one of 0 or less is not.
    terms : int
        How many terms to keep.
    keep : callable
        Whether a term may take part; the others do not count in the length of a document either.

    Returns
    -------
    dict of str to float
        Term -> probability, together 1, the likeliest first, ties by term; empty if no document has a term.

    References
    ----------
    Lavrenko and Croft, Relevance-Based Language Models, SIGIR 2001 (RM1).
    """
    model: dict[str, float] = {}
    for document, score in zip(documents, scores, strict=True):
        kept = {term: frequency for term, frequency in document.items() if keep(term)}
        length = sum(kept.values())
        if score > 0.0:
            for term, frequency in kept.items():
                model[term] = model.get(term, 0.0) + score * frequency / length
    best = sorted(model.items(), key=lambda item: (-item[1], item[0]))[:terms]
    total = sum(weight for _, weight in best)
    return {term: weight / total for term, weight in best}


def mix_model(
    words: Sequence[StructuredWord], model: Mapping[str, float], original_weight: float = 0.5
) -> list[Clause]:
    """Mix a relevance model into a query.

    Parameters
    ----------
    words : sequence of StructuredWord
        The query.
    model : mapping of str to float
        Index term -> probability.
    original_weight : float
        The words' share of the weight, from 0 to 1; the model's terms have the rest.

    Returns
    -------
    list of Clause
        The words that something stands for, then the terms. Weights sum to the number of those words, as they do
        without a model: Anserini rounds scores to four decimals, which would cost smaller ones their digits.

    References
    ----------
    Abdul-Jaleel et al., UMass at TREC 2004: Novelty and HARD (RM3).
    """
    known = [word for word in words if word.terms]
    original: list[Clause] = [(word.terms, original_weight * word.count) for word in known]
    rest = (1.0 - original_weight) * max(1, sum(word.count for word in known))
    added: list[Clause] = [(((term, 1.0),), rest * probability) for term, probability in model.items()]
    return [clause for clause in original + added if clause[1] > 0.0]


def is_telling(term: str, frequency: int, documents: int) -> bool:
    """Say whether a term may expand a query: an ordinary word or number that is not everywhere, as in Anserini.

    Parameters
    ----------
    term : str
    frequency : int
        Number of documents that hold it.
    documents : int
        Number of documents of the index.

    Returns
    -------
    bool
    """
    return frequency <= LARGEST_SHARE * documents and _ORDINARY_TERM.fullmatch(term) is not None
