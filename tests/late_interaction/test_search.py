import shutil

import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import LateIndex, TokenStore, join_texts, score_maxsim, search_exhaustively
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
    with pytest.raises(OpticalError, match=r"16 dimensions, the query has shape \(3, 8\).*student of topical"):
        index.search(queries[0][:, :8])
    with pytest.raises(OpticalError, match="scoring 'best' is unknown"):
        index.search(queries[0], scoring="best")


def test_store_and_index_of_two_collections_are_refused(late_folder, tmp_path):
    folder = shutil.copytree(late_folder, tmp_path / "late")
    path = folder / "store" / "00000.docid"
    path.write_text(path.read_text().replace("d0\n", "other\n", 1))
    with pytest.raises(OpticalError, match="hold other passages"):
        LateIndex(folder)
