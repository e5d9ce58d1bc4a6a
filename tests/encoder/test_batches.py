from hypothesis import given
from hypothesis import strategies as st

from pyserini_optical.encoder.batches import batch_by_length, batch_by_work, pad_ids


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
