"""`microinfer serve` as a process of its own, and requests to it that no browser makes."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["PageServer", "serving"]


@dataclass(frozen=True)
class PageServer:
    """One that runs. `address` is the page's, with the key behind '#'."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return int(self.address.split(":")[2].split("/")[0])

    @property
    def key(self) -> str:
        return self.address.partition("#")[2]

    def request(
        self, path: str, body: bytes = b"", method: str = "POST", **headers: str | None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body, headers. With the key and the right Host, unless `headers` say otherwise (None: not
        at all); `sec_fetch_site` is "sec-fetch-site"."""
        sent: dict[str, Any] = {"host": f"127.0.0.1:{self.port}", "authorization": f"Bearer {self.key}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def end(self, number: int = signal.SIGINT) -> tuple[int, float]:
        """Exit code, and seconds from the signal on."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        return code, time.monotonic() - began


@contextmanager
def serving(*options: str) -> Iterator[PageServer]:
    """The server until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "microinfer", "serve", "--no-browser", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), process.stderr.read()
        yield PageServer(process, address)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=30)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
