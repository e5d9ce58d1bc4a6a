import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.fuse import fuse_rrf


def test_by_hand():
    fused = fuse_rrf([{"a": 9.0, "b": 8.0}, {"b": 0.5, "c": 0.4}], [1.0, 1.0], k=60)
    assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})


def test_weights_and_constant():
    assert fuse_rrf([{"a": 9.0}, {"a": 0.5}], [0.25, 0.75], k=1) == pytest.approx({"a": 0.5})
    assert fuse_rrf([{"a": 9.0}, {"b": 0.5}], [0.2, 0.8], k=0) == pytest.approx({"a": 0.2, "b": 0.8})


def test_documents_of_one_score_keep_the_order_of_their_list():
    assert fuse_rrf([{"b": 1.0, "a": 1.0}], [1.0], k=0) == pytest.approx({"b": 1.0, "a": 0.5})


@pytest.mark.parametrize("k", [-1, -61])
def test_a_constant_below_zero_is_refused(k):
    with pytest.raises(OpticalError, match="of at least 0"):
        fuse_rrf([{"a": 1.0}], [1.0], k)
