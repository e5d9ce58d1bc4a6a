import sys

import pytest

from pyserini_optical.errors import OpticalError
from pyserini_optical.evaluation.command_line import run_command


@pytest.fixture(autouse=True)
def no_java(monkeypatch):
    monkeypatch.setattr("pyserini_optical.plugin.java.prepare_java", lambda: None)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A module that does what its first word says."""
    text = (
        "import sys\n"
        "print('begun')\n"
        "if sys.argv[1] == 'write': open(sys.argv[2], 'w').write(__name__)\n"
        "if sys.argv[1] == 'leave': sys.exit(int(sys.argv[2]))\n"
        "if sys.argv[1] == 'complain': sys.exit('no such index')\n"
        "if sys.argv[1] == 'break': raise ValueError('bad topics')\n"
    )
    (tmp_path / "told_to.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_module_runs_as_a_program_with_its_arguments(program):
    before = list(sys.argv)
    run_command(f"python -m told_to write {program / 'out'}")
    assert (program / "out").read_text(encoding="utf-8") == "__main__"
    assert sys.argv == before


def test_it_runs_anew_each_time(program):
    for name in ("a", "b"):
        run_command(f"python -m told_to write {program / name}")
    assert (program / "b").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("leave 3", r"status 3 .*\(begun\)"),
        ("complain", r"status 1 .*\(no such index\)"),
        ("break", r"status 1 .*\(ValueError: bad topics\)"),
    ],
)
def test_a_failure_says_the_status_and_the_last_line(program, words, message):
    with pytest.raises(OpticalError, match=message):
        run_command(f"python -m told_to {words}")


def test_leaving_with_0_is_no_failure(program):
    run_command("python -m told_to leave 0")


def test_a_script_runs_in_a_process_of_its_own(program):
    run_command(f"python {program / 'told_to.py'} write {program / 'out'}")
    assert (program / "out").is_file()
    with pytest.raises(OpticalError, match="status 3"):
        run_command(f"python {program / 'told_to.py'} leave 3")
