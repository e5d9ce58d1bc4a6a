import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from pyserini_optical.commands import main
from pyserini_optical.encoder import find_student
from pyserini_optical.encoder.onnx.files import find_onnx
from pyserini_optical.runs import read_run
from tests.searcher.conftest import PASSAGES, TOPICS, asked  # noqa: F401
from tests.serving.conftest import Service, service  # noqa: F401


def test_the_service_and_the_command_give_the_same_scores(service, asked, tmp_path):  # noqa: F811
    indexes = ["--lucene-index", asked.lucene, "--dense-index", asked.dense]
    assert main(["search", *indexes, "--topics", asked.topics, "--output", str(tmp_path / "run")]) == 0
    run = read_run(tmp_path / "run")
    for qid, query in TOPICS.items():
        status, answer = service.ask("/search", {"query": query, "k": 20})
        assert status == 200
        found = {hit["docid"]: hit["score"] for hit in answer["hits"]}
        assert list(found) == list(run[qid])
        assert found == pytest.approx(run[qid], rel=1e-6, abs=1e-6)
        assert service.ask(f"/search?q={quote(query)}&k=20") == (200, answer)


def test_what_there_is_beside_searching(service):  # noqa: F811
    assert service.ask("/health")[1]["status"] == "ok"
    known = service.ask("/languages")[1]
    assert {"code": "swa", "name": "Swahili", "tag": "sw", "direction": "ltr"} in known["languages"]
    assert known["modes"] == ["hybrid", "psq", "dense", "bm25"]
    assert service.ask("/explain?q=daktari&language=sw")[1]["words"][0]["translations"][0]["english"] == "doctor"
    assert service.ask("/passages/elections%2F2022")[1]["text"] == PASSAGES["elections/2022"].split("\n")[1]
    assert set(service.ask("/openapi.json")[1]["paths"]) >= {"/search", "/explain", "/languages", "/health"}
    metrics = service.ask("/metrics")[1]
    assert 'optical_requests_total{route="/health",status="200"}' in metrics
    assert "optical_batch_questions_count" in metrics


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("/search?q=", None, 400, "the question is empty; type one"),
        ("/search?q=maji&k=0", None, 400, "k 0: give a number from 1 to 100"),
        ("/search?q=maji&k=many", None, 422, "k: "),
        ("/search?q=maji&mode=best", None, 400, "mode 'best' is not known"),
        ("/search?q=maji&language=tha", None, 400, "language tha: this search knows swa"),
        ("/search", {"query": "x" * 10_000}, 400, "the question has 10,000 characters"),
        ("/search", b'{"query": "maji"', 422, "JSON"),
        ("/search", b"\xff\xfe", 422, ""),
        ("/search", {"k": 3}, 422, "query: "),
        ("/search", {"query": "x" * 100_000}, 413, "longer than 16384 bytes"),
        ("/passages/nowhere", None, 400, "'nowhere' is not in the index"),
        ("/../../etc/passwd", None, 404, "nothing at this address"),
        ("/page/../app.py", None, 404, "nothing at this address"),
        ("/page/%2e%2e%2fapp.py", None, 404, "nothing at this address"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(service, path, body, status, sentence):  # noqa: F811
    found, answer = service.ask(path, body)
    assert found == status
    assert sentence in answer["error"]


@pytest.mark.parametrize("query", ["🙂", "<script>alert(1)</script>", "\u0000", "1984", "%", "\u202e", "a" * 1000])
def test_odd_questions_are_answered(service, query):  # noqa: F811
    status, answer = service.ask("/search", {"query": query})
    assert (status, answer["query"]) == (200, query)


def test_another_name_that_points_here_is_refused(service):  # noqa: F811
    assert service.ask("/health", Host="example.org")[0] == 400


def test_the_page_loads_nothing_from_elsewhere(service):  # noqa: F811
    for path in ("/", "/docs", "/page/style.css", "/page/ask.js", "/page/docs.js"):
        status, text = service.ask(path)
        assert status == 200
        assert "//" not in text.replace("http://www.w3.org/2000/svg", "") or path.endswith((".js", ".css"))
        assert "http:" not in text
        assert "https:" not in text


def test_broken_requests_leave_it_answering(service):  # noqa: F811
    place = urlsplit(service.address)
    sockets = []
    for begun in (
        b"",
        b"GET / HT",
        b"POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n\r\n{",
        b"\x16\x03",
    ):
        sockets += [socket.create_connection((place.hostname, place.port)) for _ in range(20)]
        for each in sockets[-20:]:
            each.sendall(begun)
    assert service.ask("/health")[0] == 200
    for each in sockets:
        each.close()
    assert service.ask("/search", {"query": "maji"})[0] == 200


def test_questions_that_come_together_are_answered_alike(service):  # noqa: F811
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as clients:
        queries = [f"{query} {number}" for number in range(8) for query in TOPICS.values()]
        together = list(clients.map(lambda query: service.ask("/search", {"query": query}), queries))
    assert all(status == 200 for status, _ in together)
    start = time.monotonic()
    again = [service.ask("/search", {"query": query}) for query in queries]
    assert again == together
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_processes_ends_them_without_a_word(asked, stop):  # noqa: F811
    served = Service("--lucene-index", asked.lucene, "--dense-index", asked.dense)
    said = len(served.said)
    os.killpg(served.process.pid, stop)
    assert served.process.wait(30) == 0
    assert served.said[said:] == []


def test_without_an_export_it_tells_how_to_answer_faster(service):  # noqa: F811
    told = any("export optical --onnx" in line for line in service.said)
    assert told == (find_onnx(find_student("optical")) is None)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to list processes")
def test_nothing_goes_on_when_the_service_is_killed(asked):  # noqa: F811
    served = Service("--lucene-index", asked.lucene, "--processes", "2")
    searching = [pid for pid in children(served.process.pid) if "spawn_main" in read(pid, "cmdline")]
    assert len(searching) == 2
    served.process.kill()
    served.process.wait()
    end = time.monotonic() + 20
    while any(read(pid, "stat").rpartition(")")[2][1:2] not in "ZX" for pid in searching):
        assert time.monotonic() < end
        time.sleep(0.1)


def children(pid):
    return [int(each) for file in Path(f"/proc/{pid}/task").glob("*/children") for each in file.read_text().split()]


def read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""
