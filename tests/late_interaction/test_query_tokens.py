import logging

import numpy as np

from pyserini_optical.encoder.checkpoint import read_checkpoint
from pyserini_optical.late_interaction import TokenEncoder, join_texts, load_query_tokens, score_maxsim


def test_a_students_tokens_lie_in_its_teachers_space(tiny_packs, tiny_teacher):
    passages = TokenEncoder(str(tiny_teacher)).encode_documents(["the capital of kenya", "largest lake"])
    queries = load_query_tokens(str(tiny_packs / "swa"))(["mji mkuu wa kenya ni upi", "ziwa kubwa"])
    assert [len(query) for query in queries] == [8, 4]
    for query in queries:
        np.testing.assert_allclose(np.linalg.norm(query, axis=1), 1, atol=1e-5)
    assert score_maxsim(join_texts(queries), join_texts(passages)).shape == (2, 2)


def test_passages_by_another_encoder_are_warned_of(tiny_packs, caplog):
    teacher = read_checkpoint(tiny_packs).teacher.name
    with caplog.at_level(logging.WARNING):
        load_query_tokens(str(tiny_packs / "swa"), passages_by=teacher)
        assert caplog.text == ""
        load_query_tokens(str(tiny_packs / "swa"), passages_by="another/encoder")
    assert "the passages were encoded with another/encoder" in caplog.text
