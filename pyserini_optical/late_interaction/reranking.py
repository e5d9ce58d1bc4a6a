"""Re-rank the top of any run by exact MaxSim."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.maxsim import score_gathered
from pyserini_optical.late_interaction.query_tokens import QueryTokens
from pyserini_optical.late_interaction.token_vectors import TokenVectors, join_texts
from pyserini_optical.runs import Run, rank


class TokenSource(Protocol):
    """Where passages' token vectors come from.

    A :class:`~pyserini_optical.late_interaction.store.TokenStore`, or
    :class:`~pyserini_optical.late_interaction.passages.PassageTokens` to encode them on the fly.
    """

    def gather(self, docids: Sequence[str]) -> TokenVectors:
        """Token vectors of some passages."""
        ...


def rerank(
    run: Run, queries: Mapping[str, str], source: TokenSource, encode_queries: QueryTokens, depth: int = 100
) -> Run:
    """Score the first passages of each query by MaxSim.

    Parameters
    ----------
    run : Run
        From BM25, structured queries, a dense index or a hybrid.
    queries : mapping of str to str
        Query identifier to text, in the language of `encode_queries`.
    encode_queries : callable
        From :func:`~pyserini_optical.late_interaction.query_tokens.load_query_tokens`.
    depth : int
        How many passages of a query to score; those below are dropped, for their scores are of another kind.

    Raises
    ------
    OpticalError
        A query of the run has no text, a passage has no vectors, or the two encoders differ in dimension.
    """
    missing = next((query for query in run if query not in queries), None)
    if missing is not None:
        raise OpticalError(f"query {missing} of the run is not in the topics; name the topics the run was made from")
    vectors = encode_queries([queries[query] for query in run])
    reranked: Run = {}
    for (query, ranking), tokens in zip(run.items(), vectors, strict=True):
        docids = list(ranking)[:depth]
        scores = score_gathered(join_texts([tokens]), source.gather, docids)[0]
        reranked[query] = rank(dict(zip(docids, map(float, scores), strict=True)))
    return reranked
