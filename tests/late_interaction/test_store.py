import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import TokenStore, build_store
from pyserini_optical.late_interaction.store_builder import quantise_tokens
from tests.late_interaction.topical import PASSAGES, TopicalEncoder


@pytest.fixture
def store(tmp_path, topical):
    return build_store(PASSAGES[:25], topical, tmp_path / "store", shard_size=10)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float16", 1e-3), ("int8", 1 / 127)])
def test_vectors_come_back_in_the_order_asked_for(tmp_path, topical, dtype, tolerance):
    store = build_store(PASSAGES[:25], topical, tmp_path / "store", dtype, shard_size=10)
    gathered = store.gather(["d24", "d3", "d10", "d3"])
    assert gathered.vectors.dtype == np.float32
    for place, number in enumerate((24, 3, 10, 3)):
        np.testing.assert_allclose(gathered[place], topical.encode_text(str(number)), atol=tolerance)


def test_rounding_to_8_bits_is_off_by_half_a_step_at_most():
    vectors = torch.randn(50, 16)
    vectors[0] = 0
    values, scales = quantise_tokens(vectors)
    assert (vectors - values * scales[:, None]).abs().max() <= 0.51 * scales.max()
    assert values[0].abs().sum() == 0


def test_an_unknown_passage_is_named(store):
    with pytest.raises(OpticalError, match="passage d99 is not in the store"):
        store.gather(["d1", "d99"])


def test_a_store_cut_short_is_refused(store):
    path = store.folder / "00001.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(OpticalError, match=r"00001.safetensors: cannot be read"):
        TokenStore(store.folder)


def test_a_missing_shard_is_refused(store):
    (store.folder / "00002.safetensors").unlink()
    with pytest.raises(OpticalError, match=r"00002.safetensors: cannot be read"):
        TokenStore(store.folder)


def test_a_lost_identifier_is_refused(store):
    path = store.folder / "00000.docid"
    path.write_text(path.read_text().removesuffix("d9\n"))
    with pytest.raises(OpticalError, match="9 identifiers for 10 passages"):
        TokenStore(store.folder)


def test_a_repeated_identifier_is_refused(store):
    path = store.folder / "00000.docid"
    path.write_text(path.read_text().replace("d9", "d20"))
    with pytest.raises(OpticalError, match="it contains an identifier twice"):
        TokenStore(store.folder)


def test_vectors_of_another_dimension_are_refused(store):
    path = store.folder / "00000.safetensors"
    tensors = load_file(path)
    save_file(tensors | {"vectors": tensors["vectors"][:, :8].contiguous()}, path)
    with pytest.raises(OpticalError, match="consists of float16 vectors of 16 dimensions"):
        TokenStore(store.folder)


def test_offsets_that_miss_vectors_are_refused(store):
    path = store.folder / "00000.safetensors"
    tensors = load_file(path)
    save_file(tensors | {"vectors": tensors["vectors"][:-1].contiguous()}, path)
    with pytest.raises(OpticalError, match="offsets do not span"):
        TokenStore(store.folder)


def test_a_shard_of_another_size_than_the_manifest_says_is_refused(store):
    path = store.folder / "store.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"shards": 2}))
    with pytest.raises(OpticalError, match=r"20 passages and \d+ tokens, but store.json says 25"):
        TokenStore(store.folder)


def test_an_unfinished_store_is_refused(store):
    (store.folder / "store.json").unlink()
    with pytest.raises(OpticalError, match="no finished token store"):
        TokenStore(store.folder)


class KilledEncoder(TopicalEncoder):
    def encode_documents(self, texts):
        if "15" in texts:
            raise KeyboardInterrupt
        return super().encode_documents(texts)


def test_a_build_that_was_killed_goes_on_and_ends_the_same(tmp_path, store):
    folder = tmp_path / "resumed"
    with pytest.raises(KeyboardInterrupt):
        build_store(PASSAGES[:25], KilledEncoder(), folder, shard_size=10)
    with pytest.raises(OpticalError, match="no finished"):
        TokenStore(folder)
    encoder = TopicalEncoder()
    build_store(PASSAGES[:25], encoder, folder, shard_size=10)
    assert encoder.texts == [text for _, text in PASSAGES[10:25]]
    names = sorted(path.name for path in store.folder.iterdir())
    assert sorted(path.name for path in folder.iterdir()) == names
    assert all((folder / name).read_bytes() == (store.folder / name).read_bytes() for name in names)


def test_a_store_of_something_else_is_not_continued(tmp_path, store, topical):
    with pytest.raises(OpticalError, match="begun with dtype 'float16', not 'int8'"):
        build_store(PASSAGES[:25], topical, store.folder, "int8", shard_size=10)
    with pytest.raises(OpticalError, match="does not hold the passages"):
        build_store(PASSAGES[1:26], topical, store.folder, shard_size=10)


@pytest.mark.parametrize(
    ("passages", "complaint"),
    [
        ([], "no passages"),
        ([("a", "1"), ("b", "2"), ("a", "3")], "passage a occurs twice in the collection"),
        ([("a b", "1")], "contains a space"),
        ([("", "1")], "is empty"),
    ],
)
def test_collections_that_cannot_be_stored_are_refused(tmp_path, topical, passages, complaint):
    with pytest.raises(OpticalError, match=complaint):
        build_store(passages, topical, tmp_path / "store")
