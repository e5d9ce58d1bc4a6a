import json
from dataclasses import replace

import pytest

from pyserini_optical.encoder.checkpoint import Checkpoint, Pack, read_checkpoint, write_checkpoint
from pyserini_optical.errors import OpticalError


def rewrite(folder, **changes):
    path = folder / "optical.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content.update(changes)
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), encoding="utf-8")


def test_what_is_written_is_read_again(tmp_path):
    checkpoint = replace(
        Checkpoint(), query_prefix="query: ", notes={"bitext": [{"source": "tico19", "licence": "CC0"}]}
    )
    write_checkpoint(tmp_path, checkpoint)
    assert read_checkpoint(tmp_path) == checkpoint
    assert json.loads((tmp_path / "optical.json").read_text(encoding="utf-8"))["bitext"][0]["licence"] == "CC0"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "pyserini-optical/9"}, ["pyserini-optical/9", "pyserini-optical/1", "update"]),
        ({"kind": "recipe"}, ["recipe", "student, packs"]),
        ({"pooling": "max"}, ["max", "mean, cls"]),
        ({"dimension": "many"}, ["dimension", "many"]),
        ({"dimension": None}, ["no entry", "dimension"]),
        ({"teacher": None}, ["no entry", "teacher"]),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, changes, words):
    write_checkpoint(tmp_path, Checkpoint())
    rewrite(tmp_path, **changes)
    with pytest.raises(OpticalError) as caught:
        read_checkpoint(tmp_path)
    message = str(caught.value)
    assert "optical.json" in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_torn_file_is_refused_with_its_line(tmp_path):
    (tmp_path / "optical.json").write_text('{"format":\n"pyserini', encoding="utf-8")
    with pytest.raises(OpticalError, match=r"optical\.json:2: is not JSON"):
        read_checkpoint(tmp_path)


def test_a_folder_without_optical_json_is_no_student(tmp_path):
    with pytest.raises(OpticalError, match="not a student"):
        read_checkpoint(tmp_path)


def test_what_is_read_and_written_again_is_the_same_file(tmp_path):
    notes = {name: n for n, name in enumerate(("steps", "pairs", "sources", "seconds", "skipped", "before", "after"))}
    write_checkpoint(tmp_path, replace(Checkpoint(), languages={"swa": Pack(7, {"a": "b"}, notes)}, notes=notes))
    once = (tmp_path / "optical.json").read_bytes()
    write_checkpoint(tmp_path, read_checkpoint(tmp_path))
    assert (tmp_path / "optical.json").read_bytes() == once
