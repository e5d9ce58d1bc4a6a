"""Where a teacher is found: by its checksum, wherever a student was trained from, and on the hub when asked."""

import json
import shutil

import numpy as np
import pytest

from pyserini_optical.commands import main
from pyserini_optical.distillation.distill import distill
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder, read_checkpoint
from pyserini_optical.encoder.teacher import PLACES, fetch_teacher, teacher_folder
from pyserini_optical.errors import OpticalError
from tests.encoder.teachers import make_bert
from tests.encoder.test_ordinary_teachers import bert, bitext, save  # noqa: F401
from tests.sharing.test_transfer import NAME, hub  # noqa: F401


@pytest.fixture
def trained(bert, bitext, tmp_path, monkeypatch):  # noqa: F811
    """Packs whose teacher was named by a relative path."""
    save(tmp_path / "models" / "teacher", bert)
    monkeypatch.chdir(tmp_path)
    recipe = Recipe({"swa": [str(bitext)]}, teacher="models/teacher", form="pack", vocab_size=60, steps=0, held_out=2)
    list(distill(recipe, tmp_path / "packs"))
    return tmp_path / "packs"


def test_a_teacher_named_by_a_relative_path_is_found_from_everywhere(trained, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_query_encoder(str(trained / "swa")).encode("mji mkuu").shape == (16,)
    assert read_checkpoint(trained).teacher.name == str(tmp_path / "models" / "teacher")


def test_a_teacher_that_moved_is_found_where_the_variable_says(trained, tmp_path, monkeypatch):
    vectors = OpticalDocumentEncoder(trained).encode(["river"])
    shutil.move(tmp_path / "models", tmp_path / "moved")
    with pytest.raises(OpticalError, match=rf"was in .*models/teacher .*{PLACES}") as caught:
        load_query_encoder(str(trained / "swa"))
    assert "hf download" not in str(caught.value)
    (tmp_path / "moved" / "another").mkdir()
    make_bert(tmp_path / "moved" / "another")  # the first in the folder, of other weights
    for place in (tmp_path / "moved", tmp_path / "moved" / "teacher"):
        monkeypatch.setenv(PLACES, str(place))
        np.testing.assert_array_equal(OpticalDocumentEncoder(trained).encode(["river"]), vectors)


def test_other_weights_under_the_name_are_refused(trained, tmp_path):
    shutil.rmtree(tmp_path / "models" / "teacher")
    shutil.copytree(tmp_path / "packs", tmp_path / "models" / "teacher")
    (tmp_path / "models" / "teacher" / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "models" / "teacher" / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(OpticalError, match=r"model\.safetensors: is damaged or another version"):
        load_query_encoder(str(trained / "swa"))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    for constant in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.setattr(f"huggingface_hub.constants.{constant}", str(tmp_path / "hub"), raising=False)
    return tmp_path / "hub"


def test_a_teacher_is_fetched_without_its_pickles(hub, cache, tmp_path):  # noqa: F811
    make_bert(tmp_path)
    for path in tmp_path.glob("*.json"):
        hub.files[path.name] = path.read_bytes()
    hub.files["model.safetensors"] = (tmp_path / "model.safetensors").read_bytes()
    hub.files["pytorch_model.bin"] = b"\x80\x04"
    hub.files["onnx/model.onnx"] = b"graph"
    folder = fetch_teacher(NAME, endpoint=hub.place["endpoint"])
    assert teacher_folder(NAME) == folder
    fetched = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= fetched
    assert not {"pytorch_model.bin", "model.onnx"} & fetched


def test_a_teacher_with_pickles_alone_is_refused(hub, cache):  # noqa: F811
    hub.files |= {"config.json": json.dumps({"model_type": "bert"}).encode(), "pytorch_model.bin": b"\x80\x04"}
    with pytest.raises(OpticalError, match="has no weights"):
        fetch_teacher(NAME, endpoint=hub.place["endpoint"])


def test_a_hub_that_does_not_answer_is_one_line(cache, bitext, tmp_path, capsys, monkeypatch):  # noqa: F811
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")
    command = ["distill", "--bitext", str(bitext), "--output", str(tmp_path / "out"), "--teacher", "nobody/nothing"]
    assert main(command) != 0
    assert "download it once with: hf download nobody/nothing" in capsys.readouterr().err
    assert main([*command, "--fetch-teacher"]) != 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert "nobody/nothing: cannot be downloaded from the Hugging Face hub" in line
