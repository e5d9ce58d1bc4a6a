import json

import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import TokenIndex, TokenStore, build_store, build_token_index
from tests.late_interaction.topical import PASSAGES


def test_candidates_hold_the_passage_that_the_query_was_taken_from(late_folder):
    store, index = TokenStore(late_folder / "store"), TokenIndex(late_folder / "compressed")
    for row in range(0, 300, 30):
        candidates = index.find_candidates(store.gather_rows([row]).vectors, count=5, probes=4)
        assert row in candidates
        assert len(candidates) == len(set(candidates.tolist())) == 5


def test_a_passage_missed_by_a_query_token_gets_the_worst_score_found(late_folder, monkeypatch):
    class Found:
        """Two query tokens, three hits each; the last hit of the second is empty."""

        nlist = 1

        def search(self, query, hits, params):
            similarities = np.array([[0.9, 0.5, 0.4], [0.8, 0.1, -np.inf]], dtype=np.float32)
            return similarities, np.array([[0, 2, 3], [4, 0, -1]])

    index = TokenIndex(late_folder / "compressed")
    index.offsets = np.array([0, 2, 4, 5])  # tokens 0 1 | 2 3 | 4
    index._faiss = Found()
    # Passage 0: .9 + .1; passage 1: .5 + the floor .1; passage 2: the floor .4 + .8.
    query = np.zeros((2, 16), np.float32)
    assert index.find_candidates(query, count=1).tolist() == [2]
    assert sorted(index.find_candidates(query, count=2).tolist()) == [0, 2]
    assert sorted(index.find_candidates(query, count=9).tolist()) == [0, 1, 2]


@pytest.fixture
def index_copy(late_folder, tmp_path):
    import shutil

    return shutil.copytree(late_folder / "compressed", tmp_path / "copy")


def test_a_damaged_index_is_refused(index_copy):
    (index_copy / "index").write_bytes((index_copy / "index").read_bytes()[:-100])
    with pytest.raises(OpticalError, match="is damaged"):
        TokenIndex(index_copy)


def test_files_of_two_indexes_are_refused(index_copy):
    path = index_copy / "passages.tsv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(OpticalError, match="do not match"):
        TokenIndex(index_copy)


def test_an_index_of_a_later_version_is_refused(index_copy, tmp_path):
    path = index_copy / "late.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": "pyserini-optical-late/9"}))
    with pytest.raises(OpticalError, match="late/9' is unknown"):
        TokenIndex(index_copy)
    with pytest.raises(OpticalError, match="has no token index"):
        TokenIndex(tmp_path)


@pytest.mark.parametrize(("bits", "least_cosine"), [(2, 0.9), (4, 0.99)])
def test_decompressed_vectors_are_near_those_of_the_store(late_folder, tmp_path, bits, least_cosine):
    store = TokenStore(late_folder / "store")
    index = build_token_index(store, tmp_path / "index", bits=bits, lists=16)
    rows = np.array([299, 0, 7])
    exact, restored = store.gather_rows(rows), index.gather_rows(rows)
    np.testing.assert_array_equal(restored.offsets, exact.offsets)
    cosines = (exact.vectors * restored.vectors).sum(1) / np.linalg.norm(restored.vectors, axis=1)
    assert cosines.mean() > least_cosine


def test_two_builds_are_the_same(late_folder, tmp_path):
    store = TokenStore(late_folder / "store")
    first, second = (build_token_index(store, tmp_path / name, lists=16).folder for name in "ab")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_an_index_is_not_replaced_unasked(late_folder):
    with pytest.raises(OpticalError, match="already exists"):
        build_token_index(TokenStore(late_folder / "store"), late_folder / "compressed", lists=16)


def test_what_cannot_be_built_is_refused(late_folder, topical, tmp_path):
    store = TokenStore(late_folder / "store")
    with pytest.raises(OpticalError, match="3 bits"):
        build_token_index(store, tmp_path / "index", bits=3)
    few = build_store(PASSAGES[:5], topical, tmp_path / "few")
    with pytest.raises(OpticalError, match="too few to train"):
        build_token_index(few, tmp_path / "index")
    store.dimension = 10
    with pytest.raises(OpticalError, match="cannot be split into groups of four; choose 4 bits"):
        build_token_index(store, tmp_path / "index")
