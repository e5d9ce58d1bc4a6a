import numpy as np
import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.rank_distance import mean_rank_losses, rank_distance, relevant_ranks

RANKS = {"eng": {"1": 1, "2": 4}, "som": {"1": 11, "2": 2}, "swa": {"1": 3, "2": 3}}


def test_ranks_of_the_first_relevant_document():
    qrels = {"1": {"a": 1, "b": 0}, "2": {"c": 1, "d": 2}, "3": {"e": 1}, "4": {"f": 1}}
    run = {"1": {"b": 3.0, "x": 2.0, "a": 1.0}, "2": {"d": 1.0, "c": 0.5}, "3": {"x": 1.0}}
    assert relevant_ranks(qrels, run) == {"1": 3, "2": 1, "3": 101, "4": 101}
    assert relevant_ranks(qrels, run, depth=2) == {"1": 3, "2": 1, "3": 3, "4": 3}


def test_distance_by_hand():
    # query 1: 11 - 1, query 2: 4 - 2
    assert rank_distance(RANKS) == 6.0
    assert rank_distance({"eng": RANKS["eng"], "again": RANKS["eng"]}) == 0.0


def test_losses_by_hand():
    # mean ranks: eng 2.5, som 6.5, swa 3
    expected = [[0, -4, -0.5], [4, 0, 3.5], [0.5, -3.5, 0]]
    np.testing.assert_allclose(mean_rank_losses(RANKS), expected)


def test_queries_must_be_parallel():
    with pytest.raises(OpticalError, match="queries of eng and som differ"):
        rank_distance({"eng": {"1": 1}, "som": {"2": 1}})
    with pytest.raises(OpticalError, match="at least two languages"):
        rank_distance({"eng": {"1": 1}})
