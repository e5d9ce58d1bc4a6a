import pytest

from pyserini_optical.encoder import read_checkpoint, teacher_folder
from pyserini_optical.encoder.student import find_student, names_student
from pyserini_optical.errors import OpticalError


def test_a_path_a_language_within_and_neither(tiny_packs, tmp_path):
    student = find_student(tiny_packs)
    assert (student.name, student.folder, student.language) == (str(tiny_packs), tiny_packs, None)
    assert student.checkpoint == read_checkpoint(tiny_packs)
    assert student.languages == ["swa", "som", "eng"]
    assert find_student(student) is student
    bound = find_student(str(tiny_packs / "som"))
    assert (bound.folder, bound.language, bound.languages) == (tiny_packs, "som", ["som"])
    with pytest.raises(OpticalError, match="no student"):
        find_student(str(tmp_path / "nothing"))
    (tiny_packs / "fra").mkdir()
    with pytest.raises(OpticalError, match="not know language 'fra'; it knows swa, som, eng"):
        find_student(str(tiny_packs / "fra"))


def test_the_shipped_student(tiny_packs, monkeypatch):
    monkeypatch.setattr("pyserini_optical.encoder.student.shipped", lambda relative: tiny_packs)
    for name, language in (("optical", None), ("optical-swa", "swa"), ("optical-eng", "eng"), ("optical-sw", "swa")):
        student = find_student(name)
        assert (student.name, student.folder, student.language) == (name, tiny_packs, language)
    with pytest.raises(OpticalError, match="not know language 'xyz'"):
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


def test_a_student_is_bound_to_a_language_that_it_knows(tiny_packs):
    student = find_student(tiny_packs)
    assert [student.bind(name).language for name in ("swa", "sw", "Somali", "eng")] == ["swa", "swa", "som", "eng"]
    with pytest.raises(OpticalError, match="does not know language 'yor'; it knows swa, som, eng"):
        student.bind("yor")
