import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import TokenStore, build_store, build_token_index
from tests.late_interaction.topical import PASSAGES


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
    with pytest.raises(OpticalError, match="exists already"):
        build_token_index(TokenStore(late_folder / "store"), late_folder / "compressed", lists=16)


def test_what_cannot_be_built_is_refused(late_folder, topical, tmp_path):
    store = TokenStore(late_folder / "store")
    with pytest.raises(OpticalError, match="3 bits"):
        build_token_index(store, tmp_path / "index", bits=3)
    few = build_store(PASSAGES[:5], topical, tmp_path / "few")
    with pytest.raises(OpticalError, match="too few to train"):
        build_token_index(few, tmp_path / "index")
    store.dimension = 10
    with pytest.raises(OpticalError, match="cannot be cut into fours; take 4 bits"):
        build_token_index(store, tmp_path / "index")
