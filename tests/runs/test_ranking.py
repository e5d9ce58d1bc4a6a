from pyserini_optical.runs import rank


def test_rank_breaks_ties_by_identifier():
    assert list(rank({"b": 1.0, "c": 2.0, "a": 1.0, "d": 0.0}, depth=3)) == ["c", "a", "b"]
