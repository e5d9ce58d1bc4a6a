import inspect
import shutil

import numpy as np
import pytest
from pyserini.search.faiss import DenseSearchResult, FaissSearcher

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import (
    LateIndex,
    OpticalLateSearcher,
    TokenEncoder,
    TokenStore,
    build_store,
    build_token_index,
    join_texts,
    score_maxsim,
    search_exhaustively,
)
from tests.late_interaction.checkpoints import WORDS
from tests.late_interaction.topical import PASSAGES, TopicalEncoder


@pytest.fixture(scope="module")
def queries():
    encoder = TopicalEncoder()
    return [encoder.encode_text(str(number))[:3] for number in range(1000, 1010)]


def test_exhaustive_search_ranks_by_maxsim(late_folder, queries):
    store = TokenStore(late_folder / "store")
    scores = score_maxsim(join_texts(queries), store.gather([docid for docid, _ in PASSAGES]))
    for row, ranking in zip(scores, search_exhaustively(store, queries, k=7), strict=True):
        assert list(ranking) == [PASSAGES[place][0] for place in np.argsort(-row)[:7]]
        np.testing.assert_allclose(list(ranking.values()), -np.sort(-row)[:7], atol=1e-5)


def test_with_all_lists_and_candidates_search_is_exhaustive(late_folder, queries):
    index = LateIndex(late_folder)
    for query in queries:
        everything = index.search(query, 10, "exact", candidates=300, probes=16)
        exhaustive = index.search(query, 10, "exhaustive")
        assert list(everything) == list(exhaustive)
        np.testing.assert_allclose(list(everything.values()), list(exhaustive.values()), atol=1e-5)


def test_few_lists_and_candidates_keep_the_top(late_folder, queries):
    index = LateIndex(late_folder)
    kept = [
        len(index.search(query, 5, candidates=60, probes=4).keys() & index.search(query, 5, "exhaustive").keys())
        for query in queries
    ]
    assert np.mean(kept) >= 4.5


def test_compressed_scores_are_near_the_exact_ones(late_folder, queries):
    index = LateIndex(late_folder)
    for query in queries:
        exact, compressed = index.search(query, 300, "exact"), index.search(query, 300, "compressed")
        assert exact.keys() == compressed.keys()
        assert np.mean([abs(exact[docid] - compressed[docid]) for docid in exact]) < 0.1


def test_without_a_store_scores_come_from_the_index_alone(late_folder, tmp_path, queries):
    shutil.copytree(late_folder / "compressed", tmp_path / "compressed")
    index = LateIndex(tmp_path)
    assert index.search(queries[0], 5) == LateIndex(late_folder).search(queries[0], 5, "compressed")
    for scoring in ("exact", "exhaustive"):
        with pytest.raises(OpticalError, match=f"no token store, which {scoring} scoring needs"):
            index.search(queries[0], 5, scoring)


def test_a_query_that_does_not_fit_is_refused(late_folder, queries):
    index = LateIndex(late_folder)
    with pytest.raises(OpticalError, match=r"16 dimensions, but the query has shape \(3, 8\).*student of topical"):
        index.search(queries[0][:, :8])
    with pytest.raises(OpticalError, match="scoring 'best' is unknown"):
        index.search(queries[0], scoring="best")


def test_store_and_index_of_two_collections_are_refused(late_folder, tmp_path):
    folder = shutil.copytree(late_folder, tmp_path / "late")
    path = folder / "store" / "00000.docid"
    path.write_text(path.read_text().replace("d0\n", "other\n", 1))
    with pytest.raises(OpticalError, match="differ in their passages"):
        LateIndex(folder)


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
