"""The teacher reads a gloss of the query beside the student."""

import json

import numpy as np
import pytest

from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder
from pyserini_optical.encoder.checkpoint import Pack
from pyserini_optical.encoder.gloss import weigh_gloss

QUERY, GLOSS = "mji mkuu wa kenya ni upi", "what capital kenya"


@pytest.fixture
def glossed(tiny_packs):
    return load_query_encoder(str(tiny_packs / "swa"), reads_glosses=True)


def test_the_teachers_vector_of_the_gloss_is_added(glossed, tiny_packs):
    student = load_query_encoder(str(tiny_packs / "swa")).encode(QUERY)
    teacher = OpticalDocumentEncoder(str(tiny_packs)).encode([GLOSS])[0]
    expected = student + 0.5 * teacher
    given = glossed.encode_batch([QUERY], glosses=[GLOSS])[0]
    np.testing.assert_allclose(given, expected / np.linalg.norm(expected), atol=1e-5)


def test_without_a_gloss_the_student_is_alone(glossed, tiny_packs):
    plain = load_query_encoder(str(tiny_packs / "swa"))
    np.testing.assert_allclose(glossed.encode(QUERY), plain.encode(QUERY), atol=1e-5)
    batch = glossed.encode_batch([QUERY, QUERY], glosses=["", GLOSS])
    np.testing.assert_allclose(batch[0], plain.encode(QUERY), atol=1e-5)
    assert np.abs(batch[1] - batch[0]).max() > 1e-3


def test_a_vector_of_one_gloss_is_not_taken_for_anothers(glossed):
    first, second = (glossed.encode_batch([QUERY], glosses=[gloss])[0] for gloss in (GLOSS, "river"))
    assert np.abs(first - second).max() > 1e-3


def test_batches_do_not_change_vectors(glossed):
    queries, glosses = [QUERY, "nani", "daktari wa kwanza"] * 20, [GLOSS, "what", ""] * 20
    together = glossed.encode_batch(queries, glosses=glosses)
    for query, gloss, vector in zip(queries[:3], glosses[:3], together, strict=False):
        alone = load_query_encoder(str(glossed.folder / "swa"), reads_glosses=True)
        np.testing.assert_allclose(alone.encode_batch([query], glosses=[gloss])[0], vector, atol=1e-5)


def test_all_languages_of_a_folder_share_the_teacher(tiny_packs, glossed):
    every = load_query_encoder(str(tiny_packs), reads_glosses=True)
    vector = every.encode_batch([QUERY], ["swa"], [GLOSS])[0]
    np.testing.assert_allclose(vector, glossed.encode_batch([QUERY], glosses=[GLOSS])[0], atol=1e-5)
    assert every.encode("what is the capital").shape == (16,)


def test_a_query_and_its_gloss_go_through_the_layers_together(tiny_packs, monkeypatch):
    every = load_query_encoder(str(tiny_packs), reads_glosses=True)
    calls = []
    run = every._together._backend.packed_states
    monkeypatch.setattr(every._together._backend, "packed_states", lambda *given: calls.append(1) or run(*given))
    queries = [QUERY, "magaalada dalka weyn"]
    vectors = every.encode_batch(queries, ["swa", "som"], [GLOSS, "city land"])
    assert len(calls) == 1
    for query, language, gloss, vector in zip(queries, ("swa", "som"), (GLOSS, "city land"), vectors, strict=True):
        alone = load_query_encoder(str(tiny_packs / language), reads_glosses=True)
        np.testing.assert_allclose(alone.encode_batch([query], glosses=[gloss])[0], vector, atol=1e-5)


@pytest.mark.parametrize(
    ("pack", "weight"),
    [(Pack(8, {}, {"steps": 0}), 1.0), (Pack(8, {}, {"steps": 100}), 0.5), (Pack(8, {}), 0.5), (None, 0.5)],
)
def test_beside_an_untrained_student_a_gloss_weighs_more(pack, weight):
    assert weigh_gloss(pack) == weight


def test_each_language_of_a_batch_has_its_weight(tiny_packs):
    path = tiny_packs / "optical.json"
    content = json.loads(path.read_text())
    content["languages"]["som"]["steps"] = 0
    path.write_text(json.dumps(content))
    plain, glossed = load_query_encoder(str(tiny_packs)), load_query_encoder(str(tiny_packs), reads_glosses=True)
    teacher = OpticalDocumentEncoder(str(tiny_packs)).encode([GLOSS])[0]
    students = plain.encode_batch([QUERY, QUERY], ["swa", "som"])
    expected = students + np.array([[0.5], [1.0]]) * teacher
    given = glossed.encode_batch([QUERY, QUERY], ["swa", "som"], [GLOSS, GLOSS])
    np.testing.assert_allclose(given, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)
