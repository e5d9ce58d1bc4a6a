import json
from pathlib import Path

import numpy as np
import pytest
import torch

from pyserini_optical.errors import OpticalError
from pyserini_optical.late_interaction import TokenEncoder, join_texts, score_maxsim
from tests.late_interaction.checkpoints import CHECKPOINTS, DOCUMENTS, PROJECTED, QUERIES, write_stanford

FIXTURE = json.loads((Path(__file__).parent / "pylate_scores.json").read_text(encoding="utf-8"))["checkpoints"]


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_scores_are_those_of_pylate(checkpoint, name):
    encoder = TokenEncoder(str(checkpoint(name)))
    queries, documents = encoder.encode_queries(QUERIES), encoder.encode_documents(DOCUMENTS)
    assert [len(query) for query in queries] == FIXTURE[name]["query_tokens"]
    assert [len(document) for document in documents] == FIXTURE[name]["document_tokens"]
    scores = score_maxsim(join_texts(queries), join_texts(documents))
    np.testing.assert_allclose(scores, FIXTURE[name]["scores"], atol=1e-4)


def test_raw_states_are_the_models_own_normalised(raw_model):
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(raw_model)(DOCUMENTS[0], return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(raw_model).eval()(**tokens).last_hidden_state[0]
    encoder = TokenEncoder(str(raw_model))
    expected = torch.nn.functional.normalize(states, dim=-1)
    np.testing.assert_allclose(encoder.encode_documents(DOCUMENTS[:1])[0], expected, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_queries(DOCUMENTS[:1])[0], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["stanford", "pylate-attending"])
def test_a_text_has_the_same_vectors_alone_and_in_any_batch(checkpoint, name):
    together = TokenEncoder(str(checkpoint(name)), batch_size=2)
    for encode, texts in ((together.encode_queries, QUERIES), (together.encode_documents, DOCUMENTS)):
        for text, vectors in zip(texts, encode(texts), strict=True):
            np.testing.assert_allclose(encode([text])[0], vectors, atol=1e-5)


def test_vectors_have_length_one_and_the_projections_size(checkpoint):
    encoder = TokenEncoder(str(checkpoint("stanford")))
    assert encoder.dimension == PROJECTED
    vectors = np.concatenate(encoder.encode_documents([*DOCUMENTS, ""]))
    assert vectors.shape[1] == PROJECTED
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_an_empty_query_is_refused(checkpoint):
    with pytest.raises(OpticalError, match="query 2 of 2 is empty"):
        TokenEncoder(str(checkpoint("stanford"))).encode_queries(["lake", " "])


def test_pickled_weights_are_never_opened(tmp_path):
    folder = write_stanford(tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(OpticalError, match="pickled"):
        TokenEncoder(str(folder))


def test_a_checkpoint_without_its_projection_or_marker_is_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = write_stanford(tmp_path / "bare")
    tensors = load_file(folder / "model.safetensors")
    del tensors["linear.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(OpticalError, match=r"no projection \(linear.weight\)"):
        TokenEncoder(str(folder))
    with pytest.raises(OpticalError, match="lacks the marker '\\[unused9\\]'"):
        TokenEncoder(str(write_stanford(tmp_path / "unmarked", query_token_id="[unused9]")))
