"""The HTTP service: questions in, answers as JSON, and a web page to search from."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from pyserini_optical import __version__
from pyserini_optical.errors import OpticalError
from pyserini_optical.searcher import OpticalSearcher
from pyserini_optical.serving.batching import Batcher, Question
from pyserini_optical.serving.guards import Guard
from pyserini_optical.serving.limits import Limits, TooBusy
from pyserini_optical.serving.metrics import Metrics
from pyserini_optical.serving.workers import About, Workers, fetch_passage

PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/docs": ("docs.html", "text/html; charset=utf-8"),
    "/page/style.css": ("style.css", "text/css; charset=utf-8"),
    "/page/ask.js": ("ask.js", "text/javascript; charset=utf-8"),
    "/page/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "/page/lens.svg": ("lens.svg", "image/svg+xml"),
}
"""Path -> file of the page and its media type; nothing else is served from disk."""

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]

_log = logging.getLogger(__name__)

_Query = Annotated[str, Query(alias="q", description="The question, in any language that /languages lists.")]
_K = Annotated[int, Query(description="How many passages to give back.")]
_Language = Annotated[str | None, Query(description="ISO 639-3 code of the question; identified when left out.")]
_Mode = Annotated[str | None, Query(description="bm25, psq (words), dense (meaning) or hybrid (both).")]


class Asked(BaseModel):
    """A question in the body of a request, which keeps it out of URLs and logs."""

    query: str = Field(description="The question.")
    k: int = Field(10, description="How many passages to give back.")
    language: str | None = Field(None, description="ISO 639-3 code; identified when left out.")
    mode: str | None = Field(None, description="bm25, psq (words), dense (meaning) or hybrid (both).")


def create_app(
    workers: Workers,
    about: About,
    limits: Limits | None = None,
    hosts: list[str] | None = None,
    tools: bool = False,
    cached: int = 1024,
    warm_up: float = 0.0,
) -> FastAPI:
    """Create the service.

    Parameters
    ----------
    workers : Workers
        Workers, each with an :class:`OpticalSearcher`; stopped with the service.
    about : About
        What :meth:`Workers.open` returned.
    hosts : list of str, optional
        Host names under which the service may be reached; by default any. On a loopback address use :data:`LOOPBACK`;
        otherwise a foreign web page could read the answers by DNS rebinding.
    tools : bool
        Also serve the tools of :mod:`pyserini_optical.serving.tools` at `/mcp`.
    cached : int
        Number of answers to cache.
    warm_up : float
        See :class:`pyserini_optical.serving.batching.Batcher`.
    """
    limits = limits or Limits()
    metrics = Metrics()
    batcher = Batcher(workers, limits, metrics, cached, warm_up)
    mcp = None
    if tools:
        from pyserini_optical.serving.tools import create_tools

        mcp = create_tools(batcher, workers, about)
        mounted = mcp.streamable_http_app(streamable_http_path="/mcp", stateless_http=True, json_response=True)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if mcp is not None:
                await stack.enter_async_context(mcp.session_manager.run())
            await batcher.start()
            yield
            await batcher.stop()
            workers.stop()

    app = FastAPI(
        title="pyserini-optical",
        version=__version__,
        description="Ask an English index in another language.",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's page loads scripts from other sites
        redoc_url=None,
    )
    app.add_middleware(Guard, limits=limits, metrics=metrics)
    if hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    _answer_errors(app)
    _serve_page(app)

    @app.get("/search", tags=["ask"], summary="Search")
    async def search(q: _Query, k: _K = 10, language: _Language = None, mode: _Mode = None) -> Response:
        """Find passages: the hits, why each was found, and how the question was read."""
        return _send(await batcher.ask(Question(q, k, language or None, mode or None)))

    @app.post("/search", tags=["ask"], summary="Search, the question in the body")
    async def search_posted(asked: Asked) -> Response:
        """Find passages; for questions that should not stand in an address."""
        return _send(await batcher.ask(Question(asked.query, asked.k, asked.language or None, asked.mode or None)))

    @app.get("/explain", tags=["ask"], summary="How a question is read")
    async def explain(q: _Query, language: _Language = None) -> Response:
        """Name the language and translate the words of a question, without a search."""
        limits.check(q, 1)
        return _json(await workers.call(OpticalSearcher.explain, q, language or None))

    @app.get("/passages/{docid:path}", tags=["ask"], summary="One passage")
    async def passage(docid: Annotated[str, PathParameter(description="The id of the passage.")]) -> Response:
        """Give the title and the text of a passage."""
        title, text = await workers.call(fetch_passage, docid)
        return _json({"docid": docid, "title": title, "text": text})

    @app.get("/languages", tags=["about"], summary="Languages and modes")
    async def languages() -> Response:
        """List the languages that questions may be in, and the ways of searching."""
        return _json({"languages": about.languages, "modes": about.modes})

    @app.get("/health", tags=["about"], summary="Whether the service answers")
    async def health() -> Response:
        """Say `ok` and the version."""
        return _json({"status": "ok", "version": __version__})

    @app.get("/metrics", tags=["about"], summary="Metrics for Prometheus")
    async def show_metrics() -> Response:
        """Count requests, their latency, the queue, batches and cache hits."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    if mcp is not None:
        app.router.routes.extend(mounted.routes)
    return app


def _serve_page(app: FastAPI) -> None:
    folder = files("pyserini_optical.serving") / "page"

    def serve(path: str, name: str, media: str) -> None:
        content = (folder / name).read_bytes()

        @app.get(path, include_in_schema=False)
        async def page() -> Response:
            return Response(content, media_type=media, headers={"cache-control": "no-cache"})

    for path, (name, media) in PAGE.items():
        serve(path, name, media)


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(OpticalError)
    async def optical(_: Request, error: OpticalError) -> JSONResponse:
        if isinstance(error, TooBusy):
            return JSONResponse({"error": str(error)}, 503, {"retry-after": "1"})
        return JSONResponse({"error": str(error)}, 400)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
        return JSONResponse({"error": f"{place}: {first['msg']}; /docs says what is asked for"}, 422)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        sentence = {404: "there is nothing at this address; /docs lists what there is"}
        return JSONResponse({"error": sentence.get(error.status_code, error.detail)}, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        _log.error("%s %s", request.method, request.url.path, exc_info=error)
        return JSONResponse({"error": "something went wrong here; the log of the service says what"}, 500)


def _json(content: Any) -> Response:
    return _send(json.dumps(content, ensure_ascii=False).encode())


def _send(content: bytes) -> Response:
    return Response(content, media_type="application/json")
