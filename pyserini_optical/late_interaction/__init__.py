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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
