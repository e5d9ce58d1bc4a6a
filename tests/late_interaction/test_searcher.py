import inspect

import numpy as np
import pytest
from pyserini.search.faiss import DenseSearchResult, FaissSearcher

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import (
    LateIndex,
    OpticalLateSearcher,
    TokenEncoder,
    build_store,
    build_token_index,
)
from tests.late_interaction.checkpoints import WORDS


@pytest.fixture(scope="module")
def folder(checkpoint, tmp_path_factory):
    generator = np.random.default_rng(0)
    passages = [(f"d{number}", " ".join(generator.choice(WORDS, size=12))) for number in range(120)]
    folder = tmp_path_factory.mktemp("searcher")
    store = build_store(passages, TokenEncoder(str(checkpoint("stanford"))), folder / "store")
    build_token_index(store, folder / "compressed", lists=8)
    return folder


@pytest.fixture(scope="module")
def searcher(folder, checkpoint):
    return OpticalLateSearcher(folder, str(checkpoint("stanford")))


def test_results_are_pyserinis_and_best_first(searcher, folder):
    hits = searcher.search("largest lake", k=5)
    assert all(type(hit) is DenseSearchResult for hit in hits)
    tokens = searcher.encode_queries(["largest lake"])[0]
    assert [(hit.docid, hit.score) for hit in hits] == list(LateIndex(folder).search(tokens, 5).items())


def test_batches_give_what_single_queries_give(searcher):
    queries = ["largest lake", "first doctor"]
    both = searcher.batch_search(queries, ["a", "b"], k=4, threads=2)
    for q_id, query in zip("ab", queries, strict=True):
        single = searcher.search(query, k=4)
        assert [hit.docid for hit in both[q_id]] == [hit.docid for hit in single]
        assert [hit.score for hit in both[q_id]] == pytest.approx([hit.score for hit in single], abs=1e-4)


def test_token_vectors_are_taken_as_queries(searcher):
    tokens = searcher.encode_queries(["capital of kenya"])[0]
    assert searcher.search(tokens, k=3) == searcher.search("capital of kenya", k=3)


def test_signatures_are_those_of_pyserinis_searcher():
    for name in ("search", "batch_search"):
        ours = list(inspect.signature(getattr(OpticalLateSearcher, name)).parameters.values())
        theirs = inspect.signature(getattr(FaissSearcher, name)).parameters
        assert [parameter.name for parameter in ours] == list(theirs)[: len(ours)]
        assert all(parameter.default == theirs[parameter.name].default for parameter in ours)


def test_misuse_is_refused(searcher, checkpoint, folder):
    with pytest.raises(OpticalError, match="2 queries and 1 query ids"):
        searcher.batch_search(["a", "b"], ["1"])
    with pytest.raises(OpticalError, match="is empty"):
        searcher.search(" ")
