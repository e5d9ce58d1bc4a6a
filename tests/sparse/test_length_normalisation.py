import pytest

from pyserini_optical.sparse.length_normalisation import follow_length


@pytest.mark.parametrize(("words", "b"), [(0, 0.4), (10, 0.4), (14, 0.5), (18, 0.6), (25, 0.8), (400, 0.8)])
def test_b_by_hand(words, b):
    assert follow_length(words) == b


def test_b_never_falls():
    found = [follow_length(words) for words in range(60)]
    assert found == sorted(found)
