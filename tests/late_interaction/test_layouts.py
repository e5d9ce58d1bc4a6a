import string

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction.layouts import read_layout
from tests.late_interaction.checkpoints import write_json, write_pylate, write_stanford


def test_stanford_settings_are_read(tmp_path):
    layout = read_layout(write_stanford(tmp_path / "a", mask_punctuation=False, attend_to_mask_tokens=True))
    assert (layout.name, layout.query_marker, layout.document_marker) == ("stanford", "[unused0]", "[unused1]")
    assert (layout.query_length, layout.document_length) == (16, 24)
    assert (layout.expand_queries, layout.attend_to_expansion, layout.skiplist) == (True, True, ())


def test_stanford_checkpoint_without_settings_gets_their_defaults(tmp_path):
    folder = write_stanford(tmp_path / "a")
    (folder / "artifact.metadata").unlink()
    layout = read_layout(folder)
    assert (layout.name, layout.query_length, layout.document_length) == ("stanford", 32, 220)
    assert layout.skiplist == tuple(string.punctuation)


def test_pylate_settings_are_read(tmp_path):
    layout = read_layout(write_pylate(tmp_path / "a", do_query_expansion=False, attend_to_expansion_tokens=True))
    assert (layout.name, layout.query_marker, layout.document_marker) == ("pylate", "[Q] ", "[D] ")
    assert (layout.expand_queries, layout.attend_to_expansion) == (False, False)
    assert layout.projections == (tmp_path / "a" / "1_Dense" / "model.safetensors",)


def test_a_sentence_encoder_gives_raw_states(raw_model):
    layout = read_layout(raw_model)
    assert (layout.name, layout.projections, layout.expand_queries, layout.skiplist) == ("raw", (), False, ())
    assert (layout.query_length, layout.document_length) == (64, 64)  # its positions


def test_a_sentence_encoders_own_length_counts(tmp_path):
    write_json(tmp_path / "config.json", {"hidden_size": 8, "max_position_embeddings": 512})
    assert read_layout(tmp_path).document_length == 256
    write_json(tmp_path / "sentence_bert_config.json", {"max_seq_length": 128})
    assert read_layout(tmp_path).document_length == 128


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(OpticalError, match=r"no config\.json"):
        read_layout(tmp_path)
    with pytest.raises(OpticalError, match="only cosine"):
        read_layout(write_stanford(tmp_path / "l2", similarity="l2"))
    write_json(tmp_path / "config_sentence_transformers.json", {"similarity_fn_name": "MaxSim"})
    with pytest.raises(OpticalError, match=r"no modules\.json"):
        read_layout(tmp_path)
    (tmp_path / "config_sentence_transformers.json").write_text("{", encoding="utf-8")
    with pytest.raises(OpticalError, match=r"json:1: is not JSON"):
        read_layout(tmp_path)
