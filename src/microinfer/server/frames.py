"""How the server and a worker speak: a head in JSON and bytes behind it, each with its length before it."""

from __future__ import annotations

import json
from struct import Struct
from typing import IO, Any

__all__ = ["LENGTHS", "pack", "unpack"]

LENGTHS = Struct("<II")
"""Bytes of the head and of what follows."""


def pack(head: Any, content: bytes) -> bytes:
    text = json.dumps(head).encode()
    return LENGTHS.pack(len(text), len(content)) + text + content


def unpack(stream: IO[bytes]) -> tuple[Any, bytes] | None:
    """The next frame, None at the end."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, content = LENGTHS.unpack(lengths)
    text, data = stream.read(head), stream.read(content)
    return (json.loads(text), data) if len(data) == content else None
