"""`@kernel(signature)`: the only place that touches numba's options and its cache.

A kernel is compiled once, for one signature, when it is first bound. The machine code is kept under
the user's cache folder, in a folder named by a digest of all kernel sources, because numba alone does
not notice that a helper in another file has changed; where nothing can be written there is no cache.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config, sigutils
from numba.core.dispatcher import Dispatcher

__all__ = ["CompileListener", "Kernel", "cache_folder", "inline", "kernel", "on_compile"]

F = TypeVar("F", bound=Callable[..., Any])

CompileListener = Callable[[str], None]
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "fastmath": False}
_lock = threading.RLock()
_listeners: list[CompileListener] = []
_registry: list[Kernel] = []


def on_compile(listener: CompileListener) -> Callable[[], None]:
    """Call `listener(kernel name)` before each compilation that the cache does not spare.

    Returns a function that ends this.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def _user_cache() -> Path:
    if (folder := os.environ.get("MICROINFER_CACHE_DIR")) is not None:
        return Path(folder)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "microinfer" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/microinfer"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "microinfer"


@cache
def cache_folder() -> Path | None:
    """The folder for compiled kernels, made if need be; None where it cannot be written."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    try:
        folder = _user_cache() / f"kernels-{digest.hexdigest()[:16]}"
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-{os.getpid()}-{threading.get_ident()}"
        probe.touch()
        probe.unlink()
    except (OSError, RuntimeError):
        return None
    return folder


def _dispatcher(function: Callable[..., Any]) -> Any:
    folder = cache_folder()
    if folder is None:
        return numba.njit(**_OPTIONS)(function)
    # numba fixes a dispatcher's cache folder when it is made, so the user's own setting can be restored.
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)  # type: ignore[attr-defined]
    try:
        return numba.njit(cache=True, **_OPTIONS)(function)
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


class Kernel:
    """A function over arrays and ints, compiled on demand. `py_func` is its own slow reference."""

    def __init__(self, py_func: Callable[..., None], signature: str) -> None:
        self.py_func = py_func
        self.signature = signature
        self.name = f"{py_func.__module__.rpartition('.')[2]}.{py_func.__name__}"
        self._compiled: Callable[..., None] | None = None

    def compile(self) -> Callable[..., None]:
        """The compiled function: from the cache if it is there, else compiled now."""
        if self._compiled is None:
            with _lock:
                if self._compiled is None:
                    self._compiled = self._make()
        return self._compiled

    def _make(self) -> Callable[..., None]:
        made = _dispatcher(self.py_func)
        if not isinstance(made, Dispatcher):  # NUMBA_DISABLE_JIT
            return self.py_func
        arguments, _ = sigutils.normalize_signature(self.signature)  # type: ignore[no-untyped-call]
        if not self._cached(made, arguments):
            for listener in list(_listeners):
                listener(self.name)
        made.compile(arguments)
        made.disable_compile()
        return cast("Callable[..., None]", made)

    @staticmethod
    def _cached(made: Any, arguments: Any) -> bool:
        """Whether numba's cache will answer; asked of its index, without loading the code."""
        try:
            index = made._cache._cache_file._load_index()
            key = made._cache._index_key(arguments, made.targetctx.codegen())
        except (AttributeError, OSError, TypeError, ValueError):
            return False
        return key in index

    def __call__(self, *args: Any) -> None:
        self.compile()(*args)


def kernel(signature: str) -> Callable[[Callable[..., None]], Kernel]:
    """Make a kernel of a function. `signature` is numba's, explicit, void and C-contiguous."""

    def wrap(function: Callable[..., None]) -> Kernel:
        made = Kernel(function, signature)
        _registry.append(made)
        return made

    return wrap


def inline(function: F) -> F:
    """A helper that kernels call; compiled into each of them, never by itself."""
    return cast("F", numba.njit(**_OPTIONS)(function))


def registered() -> tuple[Kernel, ...]:
    """Every kernel whose module has been imported."""
    return tuple(_registry)
