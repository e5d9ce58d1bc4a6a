"""Late interaction: token vectors, MaxSim re-ranking, and search in a compressed token index.

Names are imported on first use, so that exact MaxSim needs neither Faiss nor Java.
"""

from pyserini_optical.lazy import import_lazily

_HOMES = {
    "OpticalLateSearcher": "searcher",
    "TokenEncoder": "token_encoder",
    "TokenIndex": "token_index",
    "TokenStore": "store",
    "TokenVectors": "maxsim",
    "build_store": "store_builder",
    "build_token_index": "token_index",
    "join_texts": "maxsim",
    "load_query_tokens": "query_tokens",
    "rerank": "reranking",
    "score_gathered": "maxsim",
    "score_maxsim": "maxsim",
    "LateIndex": "searcher",
    "search_exhaustively": "searcher",
}

__all__ = sorted(_HOMES)

__getattr__ = import_lazily(__name__, _HOMES)
