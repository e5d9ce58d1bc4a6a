"""Nothing that could run code is opened, and nothing is written but through the one helper."""

import re

import pytest

from tests.conftest import REPOSITORY

SOURCES = sorted([*(REPOSITORY / "pyserini_optical").rglob("*.py"), *(REPOSITORY / "eval").rglob("*.py")])
FORBIDDEN = {
    "pickle": r"\b(?:import|from) (?:pickle|cPickle|dill|joblib|shelve|marshal)\b|\bpickle\.",
    "torch.load": r"\btorch\.load\(",
    "allow_pickle": r"allow_pickle\s*=\s*True",
    "unsafe YAML": r"\byaml\.(?:load|load_all|full_load|unsafe_load|FullLoader|UnsafeLoader|Loader)\b",
    "eval": r"(?<![\w.])(?:eval|exec)\(",
    "archives": r"\b(?:extractall|unpack_archive)\(",
    "remote code": r"trust_remote_code\s*=\s*True",
    "a shell": r"shell\s*=\s*True|\bos\.(?:system|popen)\(",
}
WRITING = r"""(?<![\w.])open\([^)]*["'][wax]b?\+?["']|\.write_text\(|\.write_bytes\("""
ALLOWED = {
    "files/writing.py": "the helper itself",
    "sharing/transfer.py": "inside write_folder",
    "encoder/export.py": "inside write_folder",
    "encoder/head.py": "inside write_folder",
    "encoder/onnx/export.py": "inside write_folder",
    "encoder/sharded.py": "inside write_folder",
    "bitext/opus.py": "in a temporary folder",
    "distillation/trainer.py": "a log that grows",
    "commands/demo.py": "a log that grows",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_source_holds(what):
    found = [path for path in SOURCES if re.search(FORBIDDEN[what], path.read_text(encoding="utf-8"))]
    assert not found


def test_what_is_searched_for_would_be_found():
    examples = ["import pickle", "torch.load(x)", "allow_pickle=True", "yaml.load(x)", " eval(x)", "a.extractall(b)"]
    examples += ["trust_remote_code=True", "os.system('x')"]
    for pattern, example in zip(FORBIDDEN.values(), examples, strict=True):
        assert re.search(pattern, example)
    assert re.search(WRITING, 'with open(path, "w") as file:')


def test_all_writing_goes_through_the_helper():
    package = REPOSITORY / "pyserini_optical"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(WRITING, path.read_text(encoding="utf-8"))
    }
    assert found <= set(ALLOWED)
