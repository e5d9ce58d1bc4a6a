import pytest

from pyserini_optical.encoder.checkpoint import Checkpoint, Pack
from pyserini_optical.encoder.weights import find_weights, verify_files, verify_student
from pyserini_optical.errors import OpticalError
from pyserini_optical.files import checksum


def test_checksums_tell_damage_from_absence(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    good = {"a": checksum(tmp_path / "a")}
    verify_files(tmp_path, good)
    (tmp_path / "a").write_bytes(b"two")
    with pytest.raises(OpticalError, match="damaged or another version"):
        verify_files(tmp_path, good)
    with pytest.raises(OpticalError, match="is missing"):
        verify_files(tmp_path, {"b": "0" * 64})


def test_all_files_of_a_student_are_compared(tmp_path):
    (tmp_path / "swa").mkdir()
    paths = [tmp_path / "top", tmp_path / "swa" / "deep"]
    for path in paths:
        path.write_bytes(b"one")
    top, deep = ({path.name: checksum(path)} for path in paths)
    checkpoint = Checkpoint(sha256=top, languages={"swa": Pack(vocab_size=1, sha256=deep)})
    verify_student(tmp_path, checkpoint)
    for path in paths:
        path.write_bytes(b"two")
        with pytest.raises(OpticalError, match=f"{path.name}: is damaged"):
            verify_student(tmp_path, checkpoint)
        path.write_bytes(b"one")


def test_pickled_weights_are_refused_and_absent_ones_told_apart(tmp_path):
    with pytest.raises(OpticalError, match="has no weights"):
        find_weights(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(OpticalError, match=r"pytorch_model\.bin: pickled weights"):
        find_weights(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert find_weights(tmp_path).name == "model.safetensors"
