import json

import pytest

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.errors import OpticalError
from tests.tiny import make_teacher


def test_another_teachers_weights_are_refused(tiny_packs, tmp_path):
    other = make_teacher(tmp_path / "other", dimension=8)
    path = tiny_packs / "optical.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["teacher"]["name"] = str(other)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(OpticalError, match=r"model\.safetensors: is damaged or another version"):
        load_query_encoder(str(tiny_packs))
    content["teacher"]["sha256"] = {}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(OpticalError, match=r"has 8 dimensions, but optical\.json says 16"):
        load_query_encoder(str(tiny_packs))


def test_without_a_recogniser_the_language_must_be_named(tiny_packs):
    (tiny_packs / "language.safetensors").unlink()
    with pytest.raises(OpticalError, match="name one of its languages"):
        load_query_encoder(str(tiny_packs))
    load_query_encoder(str(tiny_packs / "som"))
