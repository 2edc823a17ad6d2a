"""The server from its port to its end."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable

import uvicorn

from ..errors import InputError
from .application import application
from .guard import Guard
from .workers import Workers

__all__ = ["ADDRESS", "listen"]

ADDRESS = "127.0.0.1"
"""Nobody but this computer is listened to."""
MOST_WORKERS = 2
MOST_CONNECTIONS = 64


def listen(port: int, announce: Callable[[str], None], *, opens: bool) -> None:
    """Serve the page until a signal ends it, which this then raises as Ctrl-C does.

    Args:
        port: 0 for one that is free.
        announce: gets the page's address, with the key behind '#'.
        opens: the browser, too.

    Raises:
        InputError: the port is taken or may not be used.
        KeyboardInterrupt: SIGINT, SIGTERM or SIGHUP came.
    """
    token = secrets.token_urlsafe(24)
    with _bound(port) as listener:
        chosen = listener.getsockname()[1]
        names = [ADDRESS, "localhost"]
        hosts = [f"{name}:{chosen}" for name in names] + (names if chosen == 80 else [])
        workers = Workers(max(1, min(MOST_WORKERS, os.cpu_count() or 1)))
        server = uvicorn.Server(
            uvicorn.Config(
                Guard(application(workers), hosts, token),
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="on",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=0,
            )
        )

        def end(*_: object) -> None:
            server.should_exit = True

        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)
        address = f"http://{ADDRESS}:{chosen}/#{token}"
        announce(address)
        if opens:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        server.run(sockets=[listener])
    raise KeyboardInterrupt


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise InputError(
            f"--port {port}: cannot listen on {ADDRESS}: {error.strerror}; choose another, "
            "or none for one that is free"
        ) from error
    return listener
