"""Run the service until it is told to stop."""

import ipaddress
import signal
import socket
from typing import Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.serving.limits import Limits

PATIENCE = 10
"""Seconds that answers under way are given when the service is told to stop."""


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own alone.

    Parameters
    ----------
    host : str
        A name or an address.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bind(host: str, port: int) -> socket.socket:
    """Take an address before anything slow is loaded.

    Parameters
    ----------
    port : int
        0 for any that is free.

    Raises
    ------
    OpticalError
        The address is taken, or none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Of a socket that does not name its protocol asyncio leaves Nagle's algorithm on: each answer would wait 40 ms.
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
    """Serve until a signal (SIGINT, SIGTERM) comes; answers under way are finished first.

    Parameters
    ----------
    listener : socket.socket
        See :func:`bind`.
    verbose : bool
        Log each request, which puts questions into the log.
    """
    import uvicorn

    from pyserini_optical.serving.guards import limit_patience

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
    for stop in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again when all is done: a stop is no failure
        signal.signal(stop, signal.SIG_IGN)
    uvicorn.Server(config).run(sockets=[listener])
