import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig, BertModel

from pyserini_optical.encoder.batches import pad_ids
from pyserini_optical.encoder.packed_rows import PackedRows
from pyserini_optical.encoder.torch_backend import TorchBackend


def test_short_texts_share_the_rows_that_the_longest_needs():
    ids, mask = pad_ids([[1, 2], [3, 4, 5, 6], [7], [8, 9]], fill=0)
    rows = PackedRows(mask)
    assert rows.pack(ids).tolist() == [[3, 4, 5, 6], [1, 2, 8, 9], [7, *rows.pack(ids)[2, 1:]]]
    assert rows.texts.tolist() == [[2, 2, 2, 2], [1, 1, 4, 4], [3, 0, 0, 0]]
    assert rows.positions.tolist() == [[0, 1, 2, 3], [0, 1, 0, 1], [0, 0, 0, 0]]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_every_token_comes_back_to_its_place(lengths):
    numbers = iter(range(1, 10_000))
    ids, mask = pad_ids([[next(numbers) for _ in range(length)] for length in lengths], fill=0)
    rows = PackedRows(mask)
    packed = rows.pack(ids)
    assert (rows.unpack(packed) * mask == ids).all()
    assert sorted(packed[rows.texts > 0].tolist()) == sorted(ids[mask > 0].tolist())
    assert (rows.texts > 0).sum() == mask.sum()
    assert (rows.pack(np.cumsum(mask, 1) - 1) == rows.positions)[rows.texts > 0].all()
    # At most one row is half empty: the texts of two such rows would have shared one.
    assert ((rows.texts > 0).mean(1) <= 0.5).sum() <= 1


def test_a_text_in_a_shared_row_has_the_states_that_it_has_alone():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
    )
    backend = TorchBackend(BertModel(config).eval())
    texts = [[2, 7, 3], [2, 9, 11, 4, 8, 5, 6, 3], [2, 3], [2, 30, 31, 3], [2, 7, 3]]
    packed, mask = backend.packed_states(*pad_ids(texts, fill=0))
    assert mask.sum(1).tolist() == [3, 8, 2, 4, 3]
    for text, states in zip(texts, packed, strict=True):
        alone, _ = backend.token_states(*pad_ids([text], fill=0))
        torch.testing.assert_close(states[: len(text)], alone[0], atol=1e-5, rtol=1e-5)
