import pytest
import torch

from pyserini_optical.distillation.transformer_encoder import load_model
from pyserini_optical.distillation.trim import trim_vocabulary
from pyserini_optical.encoder.teacher_tokenizer import load_tokenizer
from tests.distillation.students import TEXTS, make_bpe, make_mbert, make_xlmr


@pytest.mark.parametrize("make", [make_mbert, make_xlmr])
def test_what_is_kept_is_split_and_encoded_as_before(make, tmp_path):
    make(tmp_path)
    model, whole = load_model(tmp_path), load_tokenizer(tmp_path)
    subwords = [whole.convert_ids_to_tokens(ids) for ids in whole(TEXTS)["input_ids"]]
    with torch.no_grad():
        before = [model(**whole(text, return_tensors="pt")).last_hidden_state for text in TEXTS]
        trimmed = trim_vocabulary(model, whole, TEXTS)
        after = [model(**trimmed(text, return_tensors="pt")).last_hidden_state for text in TEXTS]
    assert len(trimmed) == model.config.vocab_size == model.get_input_embeddings().num_embeddings < len(whole)
    assert sorted(trimmed.get_vocab().values()) == list(range(len(trimmed)))
    assert [trimmed.convert_ids_to_tokens(ids) for ids in trimmed(TEXTS)["input_ids"]] == subwords
    assert trimmed.pad_token_id == model.config.pad_token_id
    for old, new in zip(before, after, strict=True):
        torch.testing.assert_close(old, new)


@pytest.mark.parametrize("make", [make_mbert, make_xlmr])
def test_a_word_not_seen_can_still_be_spelt(make, tmp_path):
    make(tmp_path)
    trimmed = trim_vocabulary(load_model(tmp_path), load_tokenizer(tmp_path), TEXTS[:1])
    ids = trimmed("zaidi", add_special_tokens=False)["input_ids"]
    assert len(ids) >= 5
    assert trimmed.unk_token_id not in ids


def test_a_bpe_vocabulary_stays_whole(tmp_path, caplog):
    make_bpe(tmp_path)
    model, whole = load_model(tmp_path), load_tokenizer(tmp_path)
    with caplog.at_level("INFO"):
        assert trim_vocabulary(model, whole, TEXTS) is whole
    assert "BPE cannot be trimmed" in caplog.text
