import numpy as np
import pytest

from pyserini_optical.encoder import (
    OpticalDocumentEncoder,
    OpticalQueryEncoder,
    load_query_encoder,
    read_pack,
)
from pyserini_optical.encoder.quantisation import restore_rows
from pyserini_optical.errors import OpticalError

QUERIES = ["mji mkuu wa kenya ni upi", "nani", "daktari wa kwanza wa tanzania alikuwa nani", "ziwa kubwa zaidi"]


def reference(teacher, table, ids):
    """One query through transformers alone, no batch, no mask: what the encoder must give."""
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(teacher).eval()
    with torch.no_grad():
        states = model(inputs_embeds=torch.from_numpy(table[ids])[None]).last_hidden_state[0]
    pooled = states.mean(0)
    return states.numpy(), (pooled / pooled.norm()).numpy()


def test_a_pack_is_the_teacher_with_another_table(tiny_packs, tiny_teacher):
    rows, scales, tokenizer = read_pack(tiny_packs, "swa")
    table = restore_rows(rows, scales)
    encoder = load_query_encoder(str(tiny_packs / "swa"))
    vectors, tokens = encoder.encode_batch(QUERIES), encoder.encode_tokens(QUERIES)
    for query, vector, states in zip(QUERIES, vectors, tokens, strict=True):
        expected_states, expected = reference(tiny_teacher, table, tokenizer.encode(query).ids)
        np.testing.assert_allclose(vector, expected, atol=1e-5)
        np.testing.assert_allclose(states, expected_states, atol=1e-4)


def test_batches_do_not_change_vectors(tiny_packs):
    encoder = load_query_encoder(str(tiny_packs / "swa"))
    many = [QUERIES[i % 4] for i in range(70)]
    alone = {query: encoder.encode(query) for query in QUERIES}
    for query, vector in zip(many, encoder.encode_batch(many), strict=True):
        np.testing.assert_allclose(vector, alone[query], atol=1e-5)
    assert vector.dtype == np.float32
    assert encoder.encode_batch([]).shape == (0, 16)


def test_the_language_is_recognised_a_query(tiny_packs):
    both = load_query_encoder(str(tiny_packs))
    vectors = both.encode_batch(["what is the capital", "mji mkuu wa kenya ni upi", "magaalada dalka weyn"])
    english = OpticalDocumentEncoder(str(tiny_packs)).encode(["what is the capital"])[0]
    np.testing.assert_allclose(vectors[0], english, atol=1e-5)
    for vector, language, query in [
        (vectors[1], "swa", "mji mkuu wa kenya ni upi"),
        (vectors[2], "som", "magaalada dalka weyn"),
    ]:
        np.testing.assert_allclose(vector, load_query_encoder(str(tiny_packs / language)).encode(query), atol=1e-5)


def test_long_queries_are_cut(tiny_packs):
    encoder = load_query_encoder(str(tiny_packs / "swa"))
    (states,) = encoder.encode_tokens(["mji " * 200])
    assert states.shape == (32, 16)


@pytest.mark.parametrize("empty", ["", "  \t "])
def test_an_empty_query_is_refused_by_its_place(tiny_packs, empty):
    with pytest.raises(OpticalError, match="query 2 of 3 is empty"):
        load_query_encoder(str(tiny_packs / "swa")).encode_batch(["nani", empty, "mji"])


def test_pyserinis_prefix_replaces_the_students(tiny_packs):
    with_prefix = OpticalQueryEncoder(str(tiny_packs / "swa"), prefix="mji", pooling="cls", l2_norm=False)
    plain = OpticalQueryEncoder(str(tiny_packs / "swa"))
    np.testing.assert_allclose(with_prefix.encode("mkuu"), plain.encode("mji mkuu"), atol=1e-5)


def test_another_tokenizer_is_refused(tiny_packs):
    with pytest.raises(OpticalError, match="leave out --tokenizer"):
        OpticalQueryEncoder(str(tiny_packs), tokenizer_name="bert-base-uncased")


def test_documents_join_title_and_text_and_may_be_empty(tiny_packs):
    encoder = OpticalDocumentEncoder(str(tiny_packs), pooling="mean", l2_norm=True)
    joined = encoder.encode(["is the capital", ""], titles=["kenya", ""], max_length=256, add_sep=False, fp16=False)
    np.testing.assert_allclose(joined[0], encoder.encode(["kenya is the capital"])[0], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1, atol=1e-5)
    assert len(encoder.encode_tokens(["kenya is the capital"], max_length=4)[0]) == 4


def test_a_query_in_a_language_that_nobody_taught_is_said_once_or_refused(tiny_packs, caplog, monkeypatch):
    encoder = load_query_encoder(str(tiny_packs))
    encoder.encode_batch(["mji mkuu wa kenya", "राजधानी", "ประเทศไทย"])
    encoder.encode("คน")
    assert len(caplog.records) == 1
    assert "'राजधानी' is in the Devanagari script" in caplog.text
    assert "pyserini-optical add-language" in caplog.text
    strict = load_query_encoder(str(tiny_packs), unknown_language="refuse")
    strict.encode("mji mkuu")
    with pytest.raises(OpticalError, match="'ประเทศไทย' is in the Thai script"):
        strict.encode_batch(["mji mkuu", "ประเทศไทย"])
    monkeypatch.setenv("PYSERINI_OPTICAL_UNKNOWN_LANGUAGE", "refuse")
    with pytest.raises(OpticalError, match="Thai"):
        load_query_encoder(str(tiny_packs)).encode("ประเทศไทย")
    monkeypatch.setenv("PYSERINI_OPTICAL_UNKNOWN_LANGUAGE", "maybe")
    with pytest.raises(OpticalError, match="must be warn or refuse"):
        load_query_encoder(str(tiny_packs))
