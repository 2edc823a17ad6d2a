"""A model inside C source: the array of bytes of `xxd -i`, which is often all that a project keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ...errors import FormatError
from ..schema import FILE_IDENTIFIER

__all__ = ["from_source", "is_source"]

_WORDS = (b"unsigned char", b"int8_t", b"std::byte", b"alignas", b"#include", b"#define", b"const char")
_SKIPPED = re.compile(
    rb"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\[^\n]{1,3})'", re.DOTALL
)
"""Comments and strings, each to its end or to that of what can hold it, and characters, which stay."""
_BRACED = re.compile(rb"\{([^{}]*)(\}|\Z)")
_NAME = re.compile(rb"([A-Za-z_]\w*)\s*\[")
_HEXADECIMAL = re.compile(rb"(?:0[xX][0-9a-fA-F]{2}(?:,|\Z))++")
_SUFFIX = re.compile(rb"[uUlL]+$")
_LONGEST = 32
"""Characters of an element that may be a byte."""
_TEXT_HEAD = 4096
_DECLARED = 512
"""Within so many characters before its braces an array has its name."""


def is_source(data: memoryview) -> bool:
    """Whether bytes without the identifier TFL3 look like text of C or C++ with an array in it."""
    head = bytes(data[:_TEXT_HEAD])
    if b"\0" in head or head.lstrip().startswith((b"<", b"{")):
        return False
    whole = bytes(data)
    return b"{" in whole and any(word in whole for word in _WORDS)


def from_source(data: memoryview) -> memoryview:
    """The file of the one array in C source that holds a model.

    Args:
        data: the source's text, as `xxd -i model.tflite` or a converter's script writes it.

    Raises:
        FormatError: no array has the identifier TFL3 at bytes 4 to 7, several different ones have, or one has
            an element that is no byte, or no end.
    """
    found: dict[bytes, str] = {}
    for name, body, closed in _arrays(bytes(data)):
        if (file := _elements(name, body, closed)) is not None:
            found.setdefault(file, name)
    if not found:
        raise FormatError(
            "this is C source without an array of a model (bytes 4 to 7 'TFL3'); give the .tflite file, or "
            "the source that has the array's bytes, not the header that declares it"
        )
    if len(found) > 1:
        named = ", ".join(f"{name} ({len(file):,} bytes)" for file, name in found.items())
        raise FormatError(
            f"this C source has {len(found)} models: {named}; expected one, so put each in a file of its own"
        )
    return memoryview(next(iter(found)))


def _arrays(text: bytes) -> Iterator[tuple[str, bytes, bool]]:
    """Name and body of each pair of braces without braces inside, and whether it is closed, in time linear
    in the text."""
    text = _SKIPPED.sub(lambda found: found[0] if found[0].startswith(b"'") else b" ", text)
    for found in _BRACED.finditer(text):
        before = text[max(found.start() - _DECLARED, 0) : found.start()]
        names = _NAME.findall(before[max(before.rfind(end) for end in (b";", b"}", b"{")) + 1 :])
        yield names[-1].decode() if names else "without a name", found[1], bool(found[2])


def _elements(name: str, body: bytes, closed: bool) -> bytes | None:
    """The bytes of an array whose first elements say that it is a model; None of any other."""
    try:
        head = bytes(_number(element) for element in islice(_split(body), 8))
    except ValueError:
        return None
    if head[4:8] != FILE_IDENTIFIER:
        return None
    if not closed:
        raise FormatError(f"the array {name} has no end: the C source was cut off")
    if _HEXADECIMAL.fullmatch(packed := body.translate(None, b" \t\r\n")):
        return bytes.fromhex(packed.lower().replace(b"0x", b"").replace(b",", b"").decode())
    file = bytearray()
    for index, element in enumerate(_split(body)):
        try:
            file.append(_number(element))
        except ValueError:
            shown = element.strip()[:20].decode(errors="replace")
            raise FormatError(f"element {index} of the array {name} is {shown!r}, expected a byte") from None
    return bytes(file)


def _split(body: bytes) -> Iterator[bytes]:
    """What stands between commas, and after the last one, one at a time."""
    start = 0
    while (end := body.find(b",", start)) >= 0:
        yield body[start:end]
        start = end + 1
    if last := body[start:].strip():
        yield last


def _number(element: bytes) -> int:
    """A byte as C writes it: 0x1c, 28, -128, '\\x1c', with a suffix or none. ValueError of anything else."""
    text = element.strip()
    if len(text) > _LONGEST:
        raise ValueError
    if text[:3] == b"'\\x" and text[-1:] == b"'":
        text = b"0" + text[2:-1]
    value = int(_SUFFIX.sub(b"", text), 0)
    if not -128 <= value <= 255:
        raise ValueError
    return value & 255
