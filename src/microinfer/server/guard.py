"""Who may ask: the page that this server gave out, and nobody else who can reach the port.

A foreign site can make a browser send requests here (CSRF), and by a name of its own that it turns to
127.0.0.1 even read the answers (DNS rebinding). So the Host must be this server's own address, an Origin
that is sent the same, and what computes asks for a token that only the address in the terminal holds, behind
a '#', which no browser sends. Source: OWASP, Cross-Site Request Forgery Prevention Cheat Sheet.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

__all__ = ["HEADERS", "OPEN", "Guard"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = frozenset({"/", "/serve.js", "/serve.css", "/page.js", "/page.css"})
"""What holds nothing of anybody's, and is given out without the token."""
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer: nothing is fetched from elsewhere, nothing is kept, nobody frames it."""


class Guard:
    """Before an application: refuses what does not come from its own page.

    Args:
        hosts: "127.0.0.1:8080" and the like, as browsers send them.
    """

    def __init__(self, application: Application, hosts: Iterable[str], token: str) -> None:
        self._application = application
        self._hosts = frozenset(hosts)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._application(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = [(key.encode(), value.encode()) for key, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        refused = self._refusal(scope)
        if refused is None:
            await self._application(scope, receive, with_headers)
            return
        status, sentence = refused
        content = json.dumps({"error": sentence}).encode()
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await with_headers({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": content})

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence, None where the request may pass."""
        found: dict[bytes, list[str]] = {}
        for key, value in scope["headers"]:
            found.setdefault(key.lower(), []).append(value.decode("latin-1"))
        hosts = found.get(b"host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, f"this server is {min(self._hosts)} and nothing else"
        for origin in found.get(b"origin", []):
            if origin != f"http://{hosts[0].lower()}":
                return 403, "another site's page may not ask here"
        if any(site not in ("same-origin", "none") for site in found.get(b"sec-fetch-site", [])):
            if scope["path"] == "/" and scope["method"] == "GET":
                return None
            return 403, "another site's page may not ask here"
        if scope["path"] in OPEN:
            return None
        tokens = found.get(b"authorization", [])
        if len(tokens) != 1 or not secrets.compare_digest(
            tokens[0].encode("latin-1"), f"Bearer {self._token}".encode()
        ):
            return 401, "open the address that the terminal shows: this one lacks its key, or has an old one"
        return None
