"""Run the service until it is stopped."""

import ipaddress
import signal
import socket
import sys
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.serving.limits import Limits

PATIENCE = 10
"""Seconds that answers in progress are given when the service is stopped."""


def is_loopback(host: str) -> bool:
    """Return whether an address can only be reached from this machine.

    Parameters
    ----------
    host : str
        A host name or an address.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bind(host: str, port: int) -> socket.socket:
    """Bind an address, before anything slow is loaded.

    Parameters
    ----------
    port : int
        0 for any free port.

    Raises
    ------
    OpticalError
        The address is in use, or is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio leaves Nagle's algorithm on for sockets without an explicit protocol: each answer would wait 40 ms.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except (OSError, OverflowError) as error:
        taken.close()
        raise OpticalError(
            f"--host {host} --port {port}: cannot listen there ({error}); choose another port, or stop the "
            "program that uses it"
        ) from error
    return taken


def serve(app: Any, listener: socket.socket, limits: Limits, verbose: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; answers in progress are finished first. Standard error says when it has begun.

    Parameters
    ----------
    listener : socket.socket
        See :func:`bind`.
    verbose : bool
        Log each request, including the questions.
    """
    import uvicorn

    from pyserini_optical.serving.guards import limit_patience

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            _announce(listener)  # from here on it answers, and a signal stops it

    config = uvicorn.Config(
        app,
        http=limit_patience(limits),
        ws="none",
        lifespan="on",
        log_level="info" if verbose else "warning",
        access_log=verbose,
        timeout_graceful_shutdown=PATIENCE,
        server_header=False,
    )
    for stop in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again when it is done: a stop is not a failure
        signal.signal(stop, signal.SIG_IGN)
    Server(config).run(sockets=[listener])


def _announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"answering at http://{shown}:{port}/ (stop with Ctrl-C)\n")
    sys.stderr.flush()
