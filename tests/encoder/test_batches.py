import itertools
import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.encoder.batches import (
    CALL,
    WORK,
    batch_by_cost,
    batch_by_length,
    batch_by_tokens,
    batch_by_work,
    pad_ids,
    run_batches,
    run_side_by_side,
)


def test_texts_of_like_length_come_together():
    assert list(batch_by_length([[1, 1, 1], [2], [3, 3], [4]], 3)) == [[1, 3, 2], [0]]
    assert list(batch_by_length([], 3)) == []


def test_what_is_filled_up_is_masked():
    ids, mask = pad_ids([[5], [6, 7]], fill=9)
    assert ids.tolist() == [[5, 9], [6, 7]]
    assert mask.tolist() == [[1, 0], [1, 1]]
    ids, mask = pad_ids([[5]], fill=9, width=3)
    assert (ids.tolist(), mask.tolist()) == ([[5, 9, 9]], [[1, 0, 0]])


@given(st.lists(st.integers(1, 30), max_size=40), st.integers(1, 90))
def test_batches_of_like_work_hold_every_text_once_within_the_limit(lengths, work):
    texts = [[0] * length for length in lengths]
    batches = list(batch_by_work(texts, work))
    assert sorted(place for batch in batches for place in batch) == list(range(len(texts)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= work for batch in batches)
    assert [lengths[place] for batch in batches for place in batch] == sorted(lengths, reverse=True)
    assert all((len(batch) + 1) * lengths[batch[0]] > work for batch in batches[:-1])  # no room for the next one


@given(st.lists(st.integers(1, 300), max_size=9))
def test_no_other_batches_cost_less(lengths):
    batches = batch_by_cost(lengths)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    descending = sorted(lengths, reverse=True)
    costs = []
    for cuts in itertools.product([False, True], repeat=max(0, len(lengths) - 1)):
        bounds = dict.fromkeys([0, *(place for place, cut in enumerate(cuts, 1) if cut), len(lengths)])
        parts = [descending[start:end] for start, end in itertools.pairwise(bounds)]
        if all(len(part) == 1 or len(part) * part[0] <= WORK for part in parts):
            costs.append(sum(len(part) * part[0] + CALL for part in parts))
    found = [len(batch) * max(lengths[place] for place in batch) + CALL for batch in batches]
    assert sum(found) == min(costs)


@given(st.lists(st.integers(1, 600), max_size=40))
def test_batches_without_padding_are_as_full_as_they_can_be(lengths):
    batches = batch_by_tokens(lengths)
    assert [lengths[place] for batch in batches for place in batch] == sorted(lengths, reverse=True)
    tokens = [sum(lengths[place] for place in batch) for batch in batches]
    assert all(len(batch) == 1 or total <= WORK for batch, total in zip(batches, tokens, strict=True))
    assert all(total + lengths[after[0]] > WORK for total, after in zip(tokens, batches[1:], strict=False))


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_batches_meet_on_one_thread_each_and_come_back_in_order(two_threads):
    meeting = threading.Barrier(2, timeout=60)

    def task(batch):
        meeting.wait()  # passes only if two run at once
        return batch, torch.get_num_threads()

    assert list(run_side_by_side(task, range(4), 2)) == [(number, 1) for number in range(4)]
    assert torch.get_num_threads() == 2


def test_an_error_comes_through_and_torch_has_its_threads_again(two_threads):
    def task(batch):
        raise ValueError(batch)

    with pytest.raises(ValueError, match="7"):
        list(run_side_by_side(task, [7, 8], 2))
    assert torch.get_num_threads() == 2


def test_two_callers_leave_torch_as_it_was(two_threads):
    callers = [threading.Thread(target=lambda: list(run_side_by_side(str, range(50), 2))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("lanes", [1, 2])
def test_every_text_is_in_one_batch_whether_batches_run_alone_or_side_by_side(lanes):
    texts = [[0] * (1 + number % 7 * 40) for number in range(50)]
    batches = list(run_batches(list, texts, 8, lanes))
    assert sorted(place for batch in batches for place in batch) == list(range(50))
    padded = [len(batch) * max(len(texts[place]) for place in batch) for batch in batches]
    assert (max(padded) <= WORK) == (lanes > 1)


def test_what_fits_into_one_batch_has_all_threads(two_threads):
    assert list(run_batches(lambda places: torch.get_num_threads(), [[0] * 9] * 4, 8, 2)) == [2]
