"""What pip puts where, for a wheel and for an editable installation."""

import zipfile

import pytest

from tests.conftest import REPOSITORY, make_environment

LOADED = "import sys; print('pyserini_optical' in sys.modules, 'torch' in sys.modules)"
HOOK = "pyserini_optical_hook.pth"


def test_the_wheel_holds_what_ships(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        record = archive.read(next(name for name in names if name.endswith("/RECORD"))).decode()
        assert archive.testzip() is None
    assert HOOK in names
    for path in (
        "eval/lowres-clir/corpus.jsonl.gz",
        "eval/lowres-clir/topics/flores.som.tsv",
        "encoders/optical/optical.json",
    ):
        assert f"pyserini_optical/shipped/{path}" in names
    listed = {line.split(",")[0] for line in record.splitlines()}
    assert listed == names
    assert not any(name.startswith(("tests/", "build_backend/", "encoders/")) for name in names)


@pytest.mark.parametrize("editable", [False, True])
def test_the_hook_comes_and_goes_with_the_package(tmp_path, wheel, editable):
    made = make_environment(tmp_path / "environment")
    assert made.run("-c", LOADED).stdout == "False False\n"
    if editable:
        made.pip("install", "--no-deps", "--no-build-isolation", "-e", REPOSITORY)
    else:
        made.pip("install", "--no-deps", wheel)
    assert made.run("-c", LOADED).stdout == "True False\n"
    where = made.run("-c", "from pyserini_optical.shipped import shipped; print(shipped('eval/lowres-clir'))").stdout
    assert (str(REPOSITORY / "eval") in where) == editable
    made.pip("uninstall", "--yes", "pyserini-optical")
    assert made.run("-c", LOADED).stdout == "False False\n"
    assert not list((tmp_path / "environment").rglob(HOOK))


def test_a_half_removed_package_is_silent(tmp_path, wheel):
    made = make_environment(tmp_path / "environment")
    made.pip("install", "--no-deps", wheel)
    (package,) = (tmp_path / "environment").rglob("site-packages/pyserini_optical/plugin")
    for file in package.glob("*.py"):
        file.write_text("raise RuntimeError('torn')", encoding="utf-8")
    assert made.run("-c", "print('fine')").stderr == ""
