from pyserini_optical.encoder.batches import batch_by_length, pad_ids


def test_texts_of_like_length_come_together():
    assert list(batch_by_length([[1, 1, 1], [2], [3, 3], [4]], 3)) == [[1, 3, 2], [0]]
    assert list(batch_by_length([], 3)) == []


def test_what_is_filled_up_is_masked():
    ids, mask = pad_ids([[5], [6, 7]], fill=9)
    assert ids.tolist() == [[5, 9], [6, 7]]
    assert mask.tolist() == [[1, 0], [1, 1]]
    ids, mask = pad_ids([[5]], fill=9, width=3)
    assert (ids.tolist(), mask.tolist()) == ([[5, 9, 9]], [[1, 0, 0]])
