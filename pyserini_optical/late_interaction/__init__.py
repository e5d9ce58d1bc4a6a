"""Late interaction: token vectors, MaxSim re-ranking, and search in a compressed token index.

Names are imported when they are first used, so that exact MaxSim needs neither Faiss nor Java.
"""

import importlib
from typing import Any

_HOMES = {
    "OpticalLateSearcher": "searcher",
    "TokenEncoder": "token_encoder",
    "TokenIndex": "token_index",
    "TokenStore": "store",
    "TokenVectors": "token_vectors",
    "build_store": "store_builder",
    "build_token_index": "token_index_builder",
    "join_texts": "token_vectors",
    "load_query_tokens": "query_tokens",
    "rerank": "reranking",
    "score_gathered": "maxsim",
    "score_maxsim": "maxsim",
    "LateIndex": "search",
    "search_exhaustively": "search",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
