import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pyserini_optical.encoder.packs import quantise_rows, read_pack, restore_rows, write_pack
from pyserini_optical.errors import OpticalError


def test_rows_by_hand():
    rows, scales = quantise_rows(np.array([[127.0, -63.5, 0.0], [0.0, 0.0, 0.0]], dtype=np.float32))
    assert rows.tolist() == [[127, -64, 0], [0, 0, 0]]
    assert scales.tolist() == [1.0, 1.0]


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(-(2.0**20), 2.0**20, width=32, allow_subnormal=False),
    )
)
def test_rounding_is_within_half_a_step(embeddings):
    rows, scales = quantise_rows(embeddings)
    assert np.all(np.abs(restore_rows(rows, scales) - embeddings) <= 0.5001 * scales[:, None])


def test_values_that_are_not_finite_name_their_piece():
    with pytest.raises(OpticalError, match="subword 1 is not finite"):
        quantise_rows(np.array([[0.0], [np.nan]], dtype=np.float32))


def test_a_pack_comes_back(tiny_packs):
    rows, scales, tokenizer = read_pack(tiny_packs, "swa")
    assert rows.shape == (tokenizer.get_vocab_size(), 16)
    assert scales.shape == (len(rows),)
    assert tokenizer.encode("mji mkuu").tokens == ["[CLS]", "mji", "mkuu", "[SEP]"]


def test_a_language_is_not_replaced_unasked(tiny_packs):
    rows, scales, tokenizer = read_pack(tiny_packs, "swa")
    before = (tiny_packs / "optical.json").read_bytes()
    with pytest.raises(OpticalError, match="--overwrite"):
        write_pack(tiny_packs, "swa", restore_rows(rows, scales), tokenizer)
    assert (tiny_packs / "optical.json").read_bytes() == before
    write_pack(tiny_packs, "swa", restore_rows(rows, scales) * 2, tokenizer, overwrite=True, notes={"score": 0.5})
    np.testing.assert_allclose(read_pack(tiny_packs, "swa")[1], scales * 2, rtol=1e-6)
    entry = json.loads((tiny_packs / "optical.json").read_text(encoding="utf-8"))["languages"]
    assert entry["swa"]["score"] == 0.5
    assert set(entry) == {"swa", "som"}


def test_tables_that_do_not_fit_are_refused(tiny_packs):
    _, _, tokenizer = read_pack(tiny_packs, "swa")
    subwords = tokenizer.get_vocab_size()
    with pytest.raises(OpticalError, match="8 dimensions do not fit a teacher of 16"):
        write_pack(tiny_packs, "hau", np.zeros((subwords, 8), np.float32), tokenizer)
    with pytest.raises(OpticalError, match=f"{subwords + 1} embeddings for a tokenizer of {subwords} subwords"):
        write_pack(tiny_packs, "hau", np.zeros((subwords + 1, 16), np.float32), tokenizer)
    assert not (tiny_packs / "hau").exists()


@pytest.mark.parametrize("file", ["embeddings.safetensors", "tokenizer.json"])
def test_a_flipped_byte_is_noticed(tiny_packs, file):
    path = tiny_packs / "swa" / file
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(OpticalError, match=f"{file}: is damaged"):
        read_pack(tiny_packs, "swa")


def test_an_unknown_language_lists_the_known(tiny_packs):
    with pytest.raises(OpticalError, match=r"no pack for 'fra' \(it has: swa, som\)"):
        read_pack(tiny_packs, "fra")
