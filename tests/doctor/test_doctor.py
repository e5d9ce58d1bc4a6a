"""The doctor tells the truth: on machines with each kind of Java, with and without hook, network, sound students."""

import configparser
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from packaging.specifiers import SpecifierSet

from pyserini_optical.doctor import Finding, programs
from pyserini_optical.doctor.machine import check_disk, check_memory, check_network, check_python
from pyserini_optical.doctor.students import check_student
from tests.conftest import REPOSITORY, make_environment

# The usual folders of the machine that runs the tests are not part of the machine that is played.
PLAY = "import sys; from pyserini_optical.plugin import java; java.USUAL_FOLDERS = (); " + (
    "from pyserini_optical.commands import main; sys.exit(main(['doctor', '--quick', '--json']))"
)


def make_jdk(home, version):
    for path in ("bin/java", "lib/server/libjvm.so"):
        (home / path).parent.mkdir(parents=True)
        (home / path).touch(mode=0o755)
    (home / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="java.base jdk.incubator.vector"\n')
    return home


def play(tmp_path, **environment):
    """Run `doctor --quick` where PATH leads to one empty folder; exit status, and findings by subject."""
    kept = {name: os.environ[name] for name in ("HOME", "OMP_NUM_THREADS") if name in os.environ}
    nowhere = {"PATH": str(tmp_path / "bin"), "HF_ENDPOINT": "http://127.0.0.1:9", "PYTHONPATH": str(REPOSITORY)}
    words = [sys.executable, "-c", PLAY]
    done = subprocess.run(words, env=kept | nowhere | environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, {finding["subject"]: Finding(**finding) for finding in json.loads(done.stdout)}


def test_a_machine_without_java_and_network(tmp_path):
    status, found = play(tmp_path)
    assert status == 1
    assert found["Java"].state == "fault"
    assert found["Java"].detail.startswith("not found in JAVA_HOME")
    assert "openjdk-21-jdk" in found["Java"].remedy
    assert "JDK" not in found
    assert found["network"].state == "ok"
    assert "does not answer" in found["network"].detail
    assert found["teacher"].detail.endswith("no network needed")


def test_java_17_alone_is_named_and_too_old(tmp_path):
    status, found = play(tmp_path, JAVA_HOME=str(make_jdk(tmp_path / "seventeen", "17.0.15")))
    assert status == 1
    assert found["JDK"].detail == f"{tmp_path / 'seventeen'} (JAVA_HOME): Java 17, too old"
    assert found["Java"].state == "fault"


def test_java_25_on_path_is_used_though_java_home_is_17(tmp_path):
    home = make_jdk(tmp_path / "twenty-five", "25.0.3")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    status, found = play(tmp_path, JAVA_HOME=str(make_jdk(tmp_path / "seventeen", "17.0.15")))
    assert status == 0
    assert found["Java"].detail.startswith(f"{home} is used (it is the first that fits: JAVA_HOME names none that")


def test_a_jvm_path_settles_it(tmp_path):
    status, found = play(tmp_path, JVM_PATH=str(tmp_path / "libjvm.so"))
    assert (status, found["Java"].state) == (1, "fault")
    assert "no such file" in found["Java"].detail


def test_the_hook_is_armed_switched_off_or_not_there(tmp_path):
    made = make_environment(tmp_path / "environment")
    (outer,) = (tmp_path / "environment").rglob("outer.pth")
    outer.write_text(f"{outer.read_text()}{REPOSITORY}\n")
    program = "from pyserini_optical.doctor.hook import check_hook; print(check_hook())"
    said = made.run("-c", program).stdout
    assert said.startswith("note   start-up hook")
    assert f"the package is imported from {REPOSITORY}" in said

    hook = outer.with_name("pyserini_optical_hook.pth")
    hook.write_text("import pyserini_optical\n")
    assert f"active, by {hook}, from {REPOSITORY / 'pyserini_optical'}" in made.run("-c", program).stdout
    assert "PYSERINI_OPTICAL_HOOK=0" in made.run("-c", program, PYSERINI_OPTICAL_HOOK="0").stdout

    hook.write_text("# emptied\n")
    assert made.run("-c", program).stdout.startswith("fault  start-up hook")


def test_a_sound_student(tiny_packs):
    student, teacher, encoding = check_student(str(tiny_packs))
    assert encoding.state == "ok"
    assert (student.state, teacher.state) == ("ok", "ok")
    assert "swa, som" in student.detail


@pytest.mark.parametrize("name", ["swa/embeddings.safetensors", "som/tokenizer.json", "language.safetensors"])
def test_one_flipped_bit_is_found(tiny_packs, name):
    content = bytearray((tiny_packs / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tiny_packs / name).write_bytes(content)
    (found,) = check_student(str(tiny_packs))
    assert found.state == "fault"
    assert str(tiny_packs / name) in found.detail


def test_a_teacher_that_is_not_on_this_disk(tiny_packs):
    path = tiny_packs / "optical.json"
    content = json.loads(path.read_text())
    content["teacher"]["name"] = "somebody/unknown"
    path.write_text(json.dumps(content))
    *_, teacher = check_student(str(tiny_packs))
    assert teacher.state == "fault"
    assert teacher.remedy.endswith("hf download somebody/unknown")


def test_what_a_search_would_stumble_over_is_a_fault(tiny_packs):
    """Checksums that agree, and a tokenizer that is none."""
    from pyserini_optical.files import checksum

    path = tiny_packs / "swa" / "tokenizer.json"
    path.write_text("{}")
    content = json.loads((tiny_packs / "optical.json").read_text())
    content["languages"]["swa"]["sha256"]["tokenizer.json"] = checksum(path)
    (tiny_packs / "optical.json").write_text(json.dumps(content))
    assert [finding.state for finding in check_student(str(tiny_packs), quick=True)] == ["ok", "ok"]
    *_, encoding = check_student(str(tiny_packs))
    assert encoding.state == "fault"
    assert "tokenizer.json: is not a tokenizer" in encoding.detail


@pytest.fixture
def index(tiny_packs, tmp_path):
    """Twelve passages and their index by the tiny teacher."""
    import faiss

    from pyserini_optical.encoder import OpticalDocumentEncoder
    from pyserini_optical.encoder.dense_index import write_origin

    texts = ["water", "the capital of kenya", "river", "city", "what is the capital", "kenya", "the river"] * 2
    with open(tmp_path / "corpus.jsonl", "w") as file:
        file.writelines(json.dumps({"id": f"d{n}", "contents": text}) + "\n" for n, text in enumerate(texts))
    encoder = OpticalDocumentEncoder(str(tiny_packs))
    made = faiss.IndexFlatIP(encoder.dimension)
    made.add(encoder.encode(texts))
    (tmp_path / "index").mkdir()
    faiss.write_index(made, str(tmp_path / "index" / "index"))
    (tmp_path / "index" / "docid").write_text("".join(f"d{n}\n" for n in range(len(texts))))
    write_origin(tmp_path / "index", encoder.checkpoint)
    return tmp_path / "index"


def examine(index, tiny_packs, corpus=None):
    from pyserini_optical.doctor.indexes import check_index

    found = check_index(str(index), str(tiny_packs), None if corpus is None else str(corpus))
    return {finding.subject: finding for finding in found}


def test_an_index_of_its_passages_is_in_order(index, tiny_packs, tmp_path):
    found = examine(index, tiny_packs, tmp_path / "corpus.jsonl")
    assert [finding.state for finding in found.values()] == ["ok", "ok", "ok"]
    assert "14 passages: median cosine 1.000" in found["index's vectors"].detail


def test_an_index_that_does_not_say_who_made_it_is_noted_and_compared(index, tiny_packs, tmp_path):
    import faiss
    import numpy as np

    (index / "optical-index.json").unlink()
    assert examine(index, tiny_packs)["index's teacher"].state == "note"
    assert set(examine(index, tiny_packs, tmp_path / "corpus.jsonl")) == {"index", "index's vectors"}
    other = faiss.IndexFlatIP(16)  # another model of the same size
    other.add(np.random.default_rng(0).normal(size=(14, 16)).astype(np.float32))
    faiss.write_index(other, str(index / "index"))
    found = examine(index, tiny_packs, tmp_path / "corpus.jsonl")["index's vectors"]
    assert found.state == "fault"
    assert "made with another model" in found.remedy
    assert found.remedy.endswith(f"in another language, name their encoder: --encoder {tiny_packs}-documents")


def test_an_index_that_cannot_be_searched_or_compared(index, tiny_packs, tmp_path):
    (tmp_path / "others.jsonl").write_text('{"id": "x", "contents": "water"}\n')
    assert (
        "contains none of 14 passages"
        in examine(index, tiny_packs, tmp_path / "others.jsonl")["index's vectors"].detail
    )
    (index / "docid").write_text("d1\n")
    (found,) = examine(index, tiny_packs).values()
    assert (found.state, "14 vectors, but 1 documents" in found.detail) == ("fault", True)


def test_the_command_takes_an_index_beside_students(index, tiny_packs, tmp_path, capsys):
    from pyserini_optical.commands import main

    words = ["doctor", "--quick", str(index), "--encoder", str(tiny_packs), "--corpus", str(tmp_path / "corpus.jsonl")]
    main(words)
    assert "median cosine 1.000" in capsys.readouterr().out
    assert main(["doctor", "--quick", "--corpus", str(tmp_path / "corpus.jsonl")]) == 2
    assert "name the index" in capsys.readouterr().err


def test_reasons_are_words(monkeypatch):
    import socket
    import urllib.error
    import urllib.request

    def fail(*_, **__):
        raise urllib.error.URLError(socket.gaierror(-2, "Name or service not known"))

    monkeypatch.setattr(urllib.request, "urlopen", fail)
    assert "Errno" not in check_network("http://nowhere.invalid").detail
    assert "(Name or service not known)" in check_network("http://nowhere.invalid").detail


def test_pythons_are_told_apart_as_by_pip():
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    accepted = SpecifierSet(setup["options"]["python_requires"])
    for version in ((3, 10, 14), (3, 11, 0), (3, 13, 9), (3, 14, 0)):
        state = "ok" if ".".join(map(str, version)) in accepted else "fault"
        assert check_python(version).state == state
    assert "3.13.9" in accepted
    assert "3.14.0" not in accepted


def test_memory_and_disk_are_those_of_the_machine(tmp_path):
    assert "GiB free" in check_disk(tmp_path).detail
    assert "GiB" in check_memory().detail


def test_a_hub_that_answers_with_an_error_answers():
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # 501 to everything
    threading.Thread(target=server.handle_request, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    assert check_network(address).detail == f"{address} answers"
    server.server_close()


def test_a_probe_tells_how_it_failed():
    assert programs.ask("print('doctor says [1, 2]')") == ([1, 2], "")
    assert programs.ask("raise ImportError('no libgomp')") == (None, "ImportError: no libgomp")
    assert programs.ask("import os; os.abort()") == (None, "killed by signal 6")
    assert programs.ask("import time; time.sleep(60)", patience=0.2) == (None, "gave no answer within 0 s")


def test_two_openmp_runtimes_have_a_remedy(monkeypatch):
    monkeypatch.setattr(programs, "ask", lambda program: (None, "killed by signal 6 (OMP: Error #15: ...)"))
    assert "KMP_DUPLICATE_LIB_OK" in programs.check_torch().remedy
