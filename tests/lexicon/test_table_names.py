import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.lexicon import TranslationTable
from pyserini_optical.lexicon.table_names import load_table


def test_tables_by_name(tmp_path):
    TranslationTable.from_rows("swa", {"maji": [("water", 0.9)]}).save(tmp_path / "swa")
    assert load_table(tmp_path / "swa").language == "swa"
    assert load_table(tmp_path, "swa").language == "swa"
    assert load_table("swa").translations("maji")[0][0] == "water"
    assert load_table("optical", "swa").language == "swa"
    assert load_table("optical-swa").language == "swa"
    assert load_table("optical-swa", "swa").language == "swa"


@pytest.mark.parametrize("student", ["students", "students/yor"])
def test_a_table_that_the_student_has_is_pointed_to(tmp_path, monkeypatch, student):
    monkeypatch.chdir(tmp_path)
    TranslationTable.from_rows("yor", {"omi": [("water", 0.9)]}).save("students/yor")
    with pytest.raises(
        OpticalError, match=f"optical: has no table for yor, but {student} has one; pass --table {student}$"
    ):
        load_table("optical", "yor", student=student)
    with pytest.raises(OpticalError, match=r"optical: has no table for ibo; it has .*swa"):
        load_table("optical", "ibo", student=student)


@pytest.mark.parametrize(
    ("name", "language", "message"),
    [
        ("optical", "xyz", r"optical: has no table for xyz; it has .*swa"),
        ("optical", None, r"optical: holds tables for .*swa.*--language"),
        ("optical-xyz", None, r"optical-xyz: is not a translation table; .*swa"),
        ("optical-swa", "som", "som"),
        ("nowhere", "swa", r"nowhere: is not a translation table"),
    ],
)
def test_a_table_that_is_not_there(name, language, message):
    with pytest.raises(OpticalError, match=message):
        load_table(name, language)
