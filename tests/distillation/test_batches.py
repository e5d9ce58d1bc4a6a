import numpy as np
import pytest

from pyserini_optical.distillation.batches import plan_batches
from pyserini_optical.errors import OpticalError

LENGTHS = {"swa": list(range(1, 641)), "hau": [5] * 40}


def test_the_plan_is_the_same_for_the_same_seed_and_another_for_another():
    first, again = plan_batches(LENGTHS, 30, 16, seed=4), plan_batches(LENGTHS, 30, 16, seed=4)
    other = plan_batches(LENGTHS, 30, 16, seed=5)
    assert all(a.language == b.language and (a.rows == b.rows).all() for a, b in zip(first, again, strict=True))
    assert any(a.language != b.language or (a.rows != b.rows).any() for a, b in zip(first, other, strict=True))


def test_a_longer_plan_begins_with_the_rows_of_a_shorter_one():
    def rows(plan):
        return [batch.rows.tolist() for batch in plan if batch.language == "swa"]

    short, long = rows(plan_batches({"swa": [3] * 100}, 10, 8)), rows(plan_batches({"swa": [3] * 100}, 50, 8))
    assert long[:10] == short


def test_an_epoch_repeats_no_pair():
    plan = plan_batches({"swa": LENGTHS["swa"]}, 40, 16)
    seen = np.concatenate([batch.rows for batch in plan])
    assert len(seen) == len(set(seen.tolist())) == 640


def test_batches_hold_pairs_of_about_one_length():
    plan = plan_batches({"swa": list(range(1, 1601))}, 50, 32)
    spreads = [np.ptp(batch.rows) for batch in plan]  # row i has length i + 1
    assert max(spreads) == 31  # sorted together: as near as lengths can be


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 420, 580), (1.0, 1000, 1000)])
def test_the_english_share_is_the_share_of_monolingual_batches(share, low, high):
    plan = plan_batches(LENGTHS, 1000, 8, english_share=share)
    assert low <= sum(batch.english for batch in plan) <= high


def test_temperature_one_draws_by_size_and_zero_draws_alike():
    def swahili(temperature):
        return sum(batch.language == "swa" for batch in plan_batches(LENGTHS, 1000, 8, temperature=temperature))

    assert 910 <= swahili(1.0) <= 970  # 640 / 680 = 0.941
    assert 450 <= swahili(0.0) <= 550


def test_a_language_smaller_than_a_batch_gives_all_it_has():
    (batch,) = plan_batches({"hau": [5] * 3}, 1, 32)
    assert sorted(batch.rows.tolist()) == [0, 1, 2]


def test_a_language_without_pairs_is_named():
    with pytest.raises(OpticalError, match="hau"):
        plan_batches({"swa": [3], "hau": []}, 1, 1)


def test_a_share_beyond_one_is_refused():
    with pytest.raises(OpticalError, match=r"1\.5"):
        plan_batches(LENGTHS, 1, 1, english_share=1.5)
