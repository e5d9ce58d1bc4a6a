"""Pyserini's own servers, started as its documentation says, over local indexes under aliases."""

import asyncio
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from importlib.metadata import version

import pytest

from pyserini_optical.encoder import load_query_encoder
from pyserini_optical.errors import OpticalError
from pyserini_optical.plugin import servers
from pyserini_optical.topics import read_topics

ONE = version("pyserini").startswith("1.")
CONFIG = """
indexes:
  words: words
  meaning: {path: vectors, index_type: faiss, encoder: optical, base_index: words}
"""


@contextmanager
def serve(installation, work, module, *more):
    """Start a server as a process of its own; gives its port once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (work / "server.yaml").write_text(CONFIG, encoding="utf-8")
    words = ["-m", module, *more, "--port", str(port)] + ([] if ONE else ["--config", "server.yaml"])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {servers.CONFIG: "server.yaml", "PYSERINI_CACHE": str(work / "no-cache")}
    with open(work / "server.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [installation.python, *words], cwd=work, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            for _ in range(1200):
                assert server.poll() is None, (work / "server.log").read_text(encoding="utf-8")[-4000:]
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            server.terminate()
            server.wait()


def ask_rest(port, query):
    if ONE:
        content = json.dumps({"query": query, "hits": 3, "encoder": "optical"}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/indexes/meaning/search", content, headers)
    else:
        request = f"http://127.0.0.1:{port}/v1/meaning/search?hits=3&query={urllib.parse.quote(query)}"
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["candidates"]
    except urllib.error.HTTPError as error:
        pytest.fail(error.read().decode())


def nearest(work, query):
    import faiss

    index = faiss.read_index(str(work / "vectors" / "index"))
    docids = (work / "vectors" / "docid").read_text(encoding="utf-8").split()
    scores, places = index.search(load_query_encoder("optical").encode(query)[None], 3)
    return [docids[place] for place in places[0]], scores[0].tolist()


def test_rest_answers_a_swahili_query_from_a_local_index(installation, work):
    query = next(iter(read_topics(work / "topics.tsv").values()))
    docids, scores = nearest(work, query)
    with serve(installation, work, "pyserini.server.rest") as port:
        candidates = ask_rest(port, query)
    assert [each["docid"] for each in candidates] == docids
    assert [each["score"] for each in candidates] == pytest.approx(scores, abs=1e-4)
    assert all(each["document_txt" if ONE else "doc"] for each in candidates)


def test_the_mcp_tool_answers_a_swahili_query_from_a_local_index(installation, work):
    from fastmcp import Client

    query = next(iter(read_topics(work / "topics.tsv").values()))
    docids, _ = nearest(work, query)

    async def ask(port):
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            names = ("index_name", "k") if ONE else ("index", "hits")
            arguments = {names[0]: "meaning", names[1]: 3, "encoder": "optical"}
            return await client.call_tool("search", {"query": {"query_txt": query}, **arguments})

    with serve(installation, work, "pyserini.server.mcp", "--transport", "http") as port:
        answer = asyncio.run(ask(port))
    text = " ".join(part.text for part in answer.content if hasattr(part, "text"))
    places = [text.find(docid) for docid in docids]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("indexes: [words]", "defines no indexes"),
        ("indexes: {words: nowhere}", "words: no such folder"),
        ("indexes: {meaning: {path: ., index_type: faiss}}", "set base_index"),
    ],
)
def test_a_faulty_list_of_aliases_is_one_line(tmp_path, monkeypatch, content, expected):
    path = tmp_path / "server.yaml"
    path.write_text(content, encoding="utf-8")
    monkeypatch.setenv(servers.CONFIG, str(path))
    servers.read_aliases.cache_clear()
    with pytest.raises(OpticalError, match=expected) as caught:
        servers.read_aliases()
    assert "\n" not in str(caught.value)
    servers.read_aliases.cache_clear()
