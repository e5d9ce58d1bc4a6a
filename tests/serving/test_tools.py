import asyncio
import json
import os
import sys

import pytest
from mcp import Client, StdioServerParameters

from pyserini_optical.commands import main
from tests.conftest import REPOSITORY
from tests.searcher.conftest import PASSAGES, TOPICS, asked  # noqa: F401
from tests.serving.conftest import service  # noqa: F401


async def ask(server):
    async with Client(server) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        found = await client.call_tool("search", {"query": TOPICS["1"], "k": 20})
        fetched = await client.call_tool("fetch", {"id": found.structured_content["results"][0]["id"]})
        missing = await client.call_tool("fetch", {"id": "nowhere"})
        return tools, found.structured_content, fetched.structured_content, missing


def check(asked, capsys, server, *indexes):  # noqa: F811
    tools, found, fetched, missing = asyncio.run(ask(server))
    assert tools == ["search", "fetch"]
    assert main(["search", TOPICS["1"], *indexes, "--hits", "20", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    scores = {hit["docid"]: hit["score"] for hit in answer["hits"]}
    assert {each["id"]: each["score"] for each in found["results"]} == pytest.approx(scores, rel=1e-6, abs=1e-6)
    assert [each["id"] for each in found["results"]] == list(scores)
    assert found["language"] == "swa"
    assert f"{fetched['title']}\n{fetched['text']}" == PASSAGES[fetched["id"]]
    assert missing.is_error
    assert "'nowhere' is not in the index" in missing.content[0].text


def test_tools_over_http(asked, service, capsys):  # noqa: F811
    check(asked, capsys, f"{service.address}/mcp", "--lucene-index", asked.lucene, "--dense-index", asked.dense)


def test_tools_over_standard_input(asked, capsys):  # noqa: F811
    arguments = ["-m", "pyserini_optical", "mcp", "--lucene-index", asked.lucene]
    server = StdioServerParameters(command=sys.executable, args=arguments, cwd=REPOSITORY, env=dict(os.environ))
    check(asked, capsys, server, "--lucene-index", asked.lucene)
