import numpy as np
import pytest

from pyserini_optical.encoder import export_student, load_query_encoder, read_checkpoint
from pyserini_optical.errors import OpticalError

QUERIES = ["mji mkuu wa kenya ni upi", "nani", "ziwa kubwa zaidi"]


def test_the_exported_folder_gives_the_packs_vectors(tiny_packs, tmp_path):
    folder = export_student(str(tiny_packs), tmp_path / "swahili", language="swa")
    packed, exported = load_query_encoder(str(tiny_packs / "swa")), load_query_encoder(str(folder))
    np.testing.assert_allclose(exported.encode_batch(QUERIES), packed.encode_batch(QUERIES), atol=1e-5)
    checkpoint = read_checkpoint(folder)
    assert checkpoint.kind == "student"
    assert set(checkpoint.languages) == {"swa"}


def test_transformers_alone_gives_the_same_vectors(tiny_packs, tmp_path):
    """What stock AutoQueryEncoder does: AutoTokenizer, AutoModel, the average of all positions, length one."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = export_student(str(tiny_packs / "swa"), tmp_path / "swahili")
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    assert tokenizer.model_max_length == 32
    encoder = load_query_encoder(str(tiny_packs / "swa"))
    for query in [*QUERIES, "mji " * 60]:
        inputs = tokenizer(query, return_tensors="pt", truncation=True, return_token_type_ids=False)
        with torch.no_grad():
            vector = model(**inputs).last_hidden_state.mean(1)[0].numpy()
        np.testing.assert_allclose(vector / np.linalg.norm(vector), encoder.encode(query), atol=1e-4)


def test_sentence_transformers_gives_the_same_vectors(tiny_packs, tmp_path):
    from sentence_transformers import SentenceTransformer

    folder = export_student(str(tiny_packs / "swa"), tmp_path / "swahili")
    vectors = SentenceTransformer(str(folder), device="cpu").encode(QUERIES)
    np.testing.assert_allclose(vectors, load_query_encoder(str(tiny_packs / "swa")).encode_batch(QUERIES), atol=1e-4)


def test_what_cannot_be_exported_says_why(tiny_packs, tmp_path):
    with pytest.raises(OpticalError, match="holds several languages; choose one of swa, som"):
        export_student(str(tiny_packs), tmp_path / "out")
    with pytest.raises(OpticalError, match="eng is the teacher's own language"):
        export_student(str(tiny_packs / "swa"), tmp_path / "out", language="eng")
    assert not (tmp_path / "out").exists()
    folder = export_student(str(tiny_packs / "swa"), tmp_path / "out")
    with pytest.raises(OpticalError, match="--overwrite"):
        export_student(str(tiny_packs / "swa"), folder)
    with pytest.raises(OpticalError, match="already an ordinary Hugging Face folder"):
        export_student(str(folder), tmp_path / "again")


@pytest.mark.parametrize("damage", ["cut", "flip", "gone", "pickle"])
def test_damaged_weights_are_refused_in_one_line(tiny_packs, tmp_path, damage):
    folder = export_student(str(tiny_packs / "swa"), tmp_path / "out")
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    if damage == "cut":
        weights.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    else:
        weights.unlink()
    if damage == "pickle":
        (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    words = {"cut": "damaged", "flip": "damaged", "gone": "has no weights", "pickle": "pickled weights"}
    with pytest.raises(OpticalError, match=words[damage]) as caught:
        load_query_encoder(str(folder))
    assert "\n" not in str(caught.value)
