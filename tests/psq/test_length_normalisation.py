import pytest

from pyserini_optical.psq.length_normalisation import follow_length


@pytest.mark.parametrize(("words", "b"), [(0, 0.4), (10, 0.4), (14, 0.6), (18, 0.7), (25, 1.0), (400, 1.0)])
def test_b_by_hand(words, b):
    assert follow_length(words) == b


def test_b_never_falls():
    found = [follow_length(words) for words in range(60)]
    assert found == sorted(found)
