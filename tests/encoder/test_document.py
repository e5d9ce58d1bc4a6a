import numpy as np
import pytest

from pyserini_optical.encoder import OpticalDocumentEncoder, OpticalQueryEncoder, load_query_encoder
from pyserini_optical.errors import OpticalError

SWAHILI, SOMALI, ENGLISH = "mji mkuu wa kenya ni upi", "magaalada dalka weyn", "what is the capital"


def ask(student, text):
    return load_query_encoder(str(student)).encode(text)


def test_passages_in_a_language_lie_where_its_queries_lie(tiny_packs):
    encoder = OpticalDocumentEncoder(f"{tiny_packs / 'swa'}-documents")
    asked = load_query_encoder(str(tiny_packs / "swa"))
    np.testing.assert_allclose(encoder.encode([SWAHILI, "nani"]), asked.encode_batch([SWAHILI, "nani"]), atol=1e-5)
    np.testing.assert_allclose(encoder.encode_tokens([SWAHILI])[0], asked.encode_tokens([SWAHILI])[0], atol=1e-4)
    assert encoder.tokens(SWAHILI) == asked.tokens(SWAHILI)


def test_of_a_mixed_collection_each_passage_is_read_in_its_language(tiny_packs):
    somali, english, swahili, again = OpticalDocumentEncoder(f"{tiny_packs}-documents").encode(
        [SOMALI, ENGLISH, SWAHILI, SOMALI]
    )
    np.testing.assert_allclose(somali, ask(tiny_packs / "som", SOMALI), atol=1e-5)
    np.testing.assert_allclose(english, OpticalDocumentEncoder(tiny_packs).encode([ENGLISH])[0], atol=1e-5)
    np.testing.assert_allclose(swahili, ask(tiny_packs / "swa", SWAHILI), atol=1e-5)
    np.testing.assert_allclose(again, somali, atol=1e-6)


def test_without_the_suffix_the_teacher_reads_english(tiny_packs):
    teacher, student = (OpticalDocumentEncoder(f"{tiny_packs / 'swa'}{suffix}") for suffix in ("", "-documents"))
    np.testing.assert_allclose(teacher.encode([ENGLISH])[0], ask(tiny_packs, ENGLISH), atol=1e-5)
    assert abs(teacher.encode([SWAHILI]) - student.encode([SWAHILI])).max() > 1e-3
    assert teacher.name != student.name  # parts of the two are never mixed


def test_a_title_and_a_length_count(tiny_packs):
    encoder = OpticalDocumentEncoder(f"{tiny_packs / 'swa'}-documents")
    titled, joined = encoder.encode(["mkuu wa kenya"], titles=["mji"]), encoder.encode(["mji mkuu wa kenya"])
    np.testing.assert_allclose(titled, joined, atol=1e-6)
    whole, cut = encoder.encode([SWAHILI]), encoder.encode([SWAHILI], max_length=4)
    assert abs(whole - cut).max() > 1e-3
    np.testing.assert_allclose(encoder.encode([SWAHILI]), whole, atol=1e-6)  # the length was that call's alone


def test_what_encodes_passages_is_not_asked(tiny_packs):
    with pytest.raises(OpticalError, match=r"encodes passages; for queries use .*swa$"):
        OpticalQueryEncoder(f"{tiny_packs / 'swa'}-documents")
    with pytest.raises(OpticalError, match="does not know language 'xxx'"):
        OpticalDocumentEncoder("optical-xxx-documents")
