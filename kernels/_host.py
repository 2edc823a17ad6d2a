"""What processor this is, in LLVM's words, without asking LLVM each time.

LLVM has to be loaded to be asked. So what it said is kept in the user's cache, under a digest of what Linux
says of the processor, of llvmlite's version and of the user's choices; elsewhere it is asked every time.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from . import _cache

__all__ = ["CHOICES", "features", "processor"]

CHOICES = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_ENABLE_AVX", "NUMBA_OPT")
"""Environment variables that name another processor."""

_TOLD = (
    *("vendor_id", "cpu family", "model", "model name", "stepping", "flags"),
    *("Features", "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision"),
)
"""On x86, and on Arm, where LLVM takes the processor's name from the numbers."""

DIGEST_BYTES = 32
_FORM = "2"
"""Of a note; another where features are asked for otherwise."""


def processor() -> str:
    """What machine code depends on: compiler, platform, processor and the user's choice of another."""
    return _told()[0]


def features() -> frozenset[str]:
    """Names, as LLVM has them, of the features that the processor has, or that the user says it has."""
    return _told()[1]


@cache
def _told() -> tuple[str, frozenset[str]]:
    if (name := _note_name()) is not None and (kept := _read(name)) is not None:
        return kept
    from . import _machine_code

    found = _machine_code.processor(), _machine_code.features()
    if name is not None:
        _write(name, "\n".join((found[0], *sorted(found[1]))))
    return found


def _note_name(about: str = "/proc/cpuinfo") -> str | None:
    """The file's name, which another processor, platform, llvmlite or choice would not have."""
    llvmlite = find_spec("llvmlite")
    if sys.platform != "linux" or llvmlite is None or llvmlite.origin is None:
        return None
    try:
        version = Path(llvmlite.origin).with_name("_version.py").read_text("utf-8")
        lines = Path(about).read_text("utf-8", "replace").partition("\n\n")[0].splitlines()
    except OSError:
        return None
    told = [line for line in lines if line.partition(":")[0].strip() in _TOLD]
    if not any(line.startswith(("flags", "Features")) for line in told):
        return None
    chosen = [f"{name}={os.environ.get(name)}" for name in CHOICES]
    text = "\n".join((_FORM, version, os.uname().machine, sys.version, *told, *chosen))
    return f"processor-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _read(name: str) -> tuple[str, frozenset[str]] | None:
    try:
        content = _cache.read(_cache.user_cache(), name)
    except (OSError, RuntimeError, _cache.UnsafeError):
        return None
    if not content or hashlib.sha256(content[DIGEST_BYTES:]).digest() != content[:DIGEST_BYTES]:
        return None
    first, *others = content[DIGEST_BYTES:].decode("utf-8").split("\n")
    return first, frozenset(others)


def _write(name: str, text: str) -> None:
    content = text.encode()
    with suppress(OSError, RuntimeError, _cache.UnsafeError):
        folder = _cache.user_cache()
        _cache.make_folder(folder)
        _cache.write(folder, name, hashlib.sha256(content).digest() + content)
