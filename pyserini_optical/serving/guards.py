"""Protection of the service: limits on bodies, time and connections; security headers; request counts."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from pyserini_optical.serving.limits import Limits
from pyserini_optical.serving.metrics import Metrics

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class Guard:
    """ASGI middleware: refuses long bodies, sends security headers, counts and times requests."""

    def __init__(self, app: Any, limits: Limits, metrics: Metrics) -> None:
        self.app, self.limits, self.metrics = app, limits, metrics

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        status, received, refused = 500, 0, False

        async def receive_bounded() -> Message:
            nonlocal received, refused
            message = await receive()
            received += len(message.get("body", b""))
            if received <= self.limits.body:
                return message
            refused = True
            return {"type": "http.disconnect"}

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if refused:  # whatever the application answers to a truncated body
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        try:
            try:
                await self.app(scope, receive_bounded, send_guarded)
            except Exception:
                if not refused:
                    raise
            if refused:
                status = 413
                await self._refuse(send)
        finally:
            # Unknown paths are not used as labels: a scanner would fill the memory with them.
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.requests.labels(route, status).inc()
            self.metrics.seconds.labels(route).observe(time.perf_counter() - start)

    async def _refuse(self, send: Send) -> None:
        body = b'{"error": "the request is longer than %d bytes; ask a shorter question"}' % self.limits.body
        headers = [(b"content-type", b"application/json"), (b"connection", b"close"), *HEADERS]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def limit_patience(limits: Limits) -> type[H11Protocol]:
    """Make an HTTP protocol that closes connections without a timely request, and those beyond the limit.

    uvicorn only limits the time between requests; a client that never finishes its first one would keep its connection.

    Returns
    -------
    type of H11Protocol
        For `uvicorn.Config(http=...)`.
    """

    class BoundedProtocol(H11Protocol):
        _since = 0.0
        _timer: Any = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > limits.connections:
                transport.abort()
                return
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._timer is not None:
                self._timer.cancel()
            super().connection_lost(exc)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._since = self.loop.time()

        def _wait(self) -> None:
            self._since = self.loop.time()
            self._timer = self.loop.call_later(limits.seconds, self._look)

        def _look(self) -> None:
            answering = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
            if answering:
                self._wait()
                return
            left = self._since + limits.seconds - self.loop.time()
            if left <= 0:
                self.transport.abort()
            else:
                self._timer = self.loop.call_later(left, self._look)

    return BoundedProtocol
