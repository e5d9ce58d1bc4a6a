"""Tools for language models over the Model Context Protocol: `search` and `fetch`."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

from pyserini_optical import __version__
from pyserini_optical.errors import OpticalError
from pyserini_optical.serving.batching import Batcher, Question
from pyserini_optical.serving.limits import Limits
from pyserini_optical.serving.metrics import Metrics
from pyserini_optical.serving.workers import About, Workers, fetch_passage

SNIPPET = 300
"""Number of characters of a passage that `search` returns; `fetch` returns all of it."""


class Result(BaseModel):
    """A retrieved passage."""

    id: str
    title: str
    text: str
    url: str
    score: float


class Results(BaseModel):
    """The passages of one question, best first."""

    results: list[Result]
    language: str


class Document(BaseModel):
    """A whole passage."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, Any]


def create_tools(batcher: Batcher, workers: Workers, about: About) -> MCPServer:
    """Create the server of the tools, for use over stdio or HTTP.

    Parameters
    ----------
    batcher : Batcher
        Started by whoever runs the server.
    workers : Workers
        The workers of the batcher.
    about : About
        What :meth:`Workers.open` returned.
    """
    languages = ", ".join(f"{each['name']} ({each['code']})" for each in about.languages)
    server: MCPServer = MCPServer(
        "pyserini-optical",
        version=__version__,
        instructions=f"Searches a collection of English passages with questions in {languages}. Ask in the asker's "
        "own words: nothing has to be translated first.",
    )

    @server.tool(structured_output=True)
    async def search(query: str, k: int = 10, language: str | None = None) -> Results:
        """Search English passages with a question in another language, or in English.

        The language is identified; `language`, an ISO 639-3 code, overrides that. Give an `id` to `fetch` for the whole
        passage.
        """
        with _told():
            answer = json.loads(await batcher.ask(Question(query, k, language)))
        found = [
            Result(
                id=hit["docid"],
                title=hit["title"],
                text=_cut(hit["text"]),
                url=_url(hit["docid"]),
                score=hit["score"],
            )
            for hit in answer["hits"]
        ]
        return Results(results=found, language=answer["language"])

    @server.tool(structured_output=True)
    async def fetch(id: str) -> Document:
        """Give the full text of a passage by the `id` that `search` returned."""
        with _told():
            title, text = await workers.call(fetch_passage, id)
        return Document(id=id, title=title, text=text, url=_url(id), metadata={})

    return server


def run_over_stdio(workers: Workers, about: About) -> None:
    """Serve the tools over standard input and output until the input ends.

    Parameters
    ----------
    workers : Workers
        Stopped when the input ends.
    about : About
        What :meth:`Workers.open` returned.
    """

    async def answer() -> None:
        batcher = Batcher(workers, Limits(), Metrics())
        await batcher.start()
        await create_tools(batcher, workers, about).run_stdio_async()
        await batcher.stop()
        workers.stop()

    asyncio.run(answer())


@contextmanager
def _told() -> Iterator[None]:
    """Report to the model the errors that a person would be shown."""
    try:
        yield
    except OpticalError as error:
        raise ToolError(str(error)) from error


def _cut(text: str) -> str:
    return text if len(text) <= SNIPPET else text[:SNIPPET].rsplit(" ", 1)[0] + " …"


def _url(docid: str) -> str:
    return f"/passages/{quote(docid, safe='')}"
