import pytest

from pyserini_optical.encoder import student_folder, teacher_folder
from pyserini_optical.encoder.folders import find_student, names_student
from pyserini_optical.errors import OpticalError


def test_a_path_a_language_within_and_neither(tiny_packs, tmp_path):
    assert find_student(str(tiny_packs)) == (tiny_packs, None)
    assert find_student(str(tiny_packs / "som")) == (tiny_packs, "som")
    with pytest.raises(OpticalError, match="no student"):
        student_folder(str(tmp_path / "nothing"))
    (tiny_packs / "fra").mkdir()
    with pytest.raises(OpticalError, match="no language 'fra'; it knows swa, som, eng"):
        student_folder(str(tiny_packs / "fra"))


def test_the_shipped_student(tiny_packs, monkeypatch):
    monkeypatch.setattr("pyserini_optical.encoder.folders.shipped", lambda relative: tiny_packs)
    assert find_student("optical") == (tiny_packs, None)
    assert find_student("optical-swa") == (tiny_packs, "swa")
    assert find_student("optical-eng") == (tiny_packs, "eng")
    with pytest.raises(OpticalError, match="no language 'xyz'"):
        find_student("optical-xyz")


def test_which_names_are_ours(tiny_packs, tmp_path):
    stock = tmp_path / "optical-lance"
    stock.mkdir()
    assert names_student("optical")
    assert names_student("optical-xyz")
    assert names_student(str(tiny_packs))
    assert names_student(str(tiny_packs / "swa"))
    for other in (str(stock), "castorini/ance-optical", "sentence-transformers/all-MiniLM-L6-v2", "opticalflow"):
        assert not names_student(other)


def test_the_default_teacher_is_installed_and_others_are_explained(tiny_teacher):
    assert (teacher_folder() / "model.safetensors").is_file()
    assert teacher_folder(str(tiny_teacher)) == tiny_teacher
    with pytest.raises(OpticalError, match="hf download nobody/nothing"):
        teacher_folder("nobody/nothing")
    with pytest.raises(OpticalError, match="neither a folder"):
        teacher_folder("a/b/c")
