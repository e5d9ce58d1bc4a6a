import json

import numpy as np
import pytest

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.packs import read_pack, write_pack
from pyserini_optical.encoder.quantisation import restore_rows
from pyserini_optical.errors import OpticalError


def test_a_pack_comes_back(tiny_packs):
    rows, scales, tokenizer = read_pack(tiny_packs, "swa")
    assert rows.shape == (tokenizer.get_vocab_size(), 16)
    assert scales.shape == (len(rows),)
    assert tokenizer.encode("mji mkuu").tokens == ["[CLS]", "mji", "mkuu", "[SEP]"]


def test_a_pack_in_4_bits_takes_half_the_bytes_and_comes_back(tmp_path, tiny_packs):
    _, _, tokenizer = read_pack(tiny_packs, "swa")
    embeddings = np.random.default_rng(1).normal(size=(tokenizer.get_vocab_size(), 64)).astype(np.float32)
    for bits in (8, 4):
        write_pack(tmp_path / str(bits), "swa", embeddings, tokenizer, base=Checkpoint(dimension=64), bits=bits)
    rows, scales, _ = read_pack(tmp_path / "4", "swa")
    assert rows.shape == embeddings.shape
    cosines = (restore_rows(rows, scales) * embeddings).sum(1) / np.linalg.norm(embeddings, axis=1)
    assert (cosines / np.linalg.norm(restore_rows(rows, scales), axis=1)).min() > 0.98
    sizes = [(tmp_path / bits / "swa" / "embeddings.safetensors").stat().st_size for bits in ("4", "8")]
    assert sizes[0] < 0.62 * sizes[1]


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
    with pytest.raises(OpticalError, match="8 dimensions do not match the teacher's 16"):
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
