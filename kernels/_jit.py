"""`@kernel(signature)`: from a Python function over arrays and numbers to machine code, once.

A kernel is compiled, by numba, when it is first bound and no machine code is kept. It is kept as an object
file under the user's cache folder, in a folder named by a digest of all kernel sources, the compiler and
the processor, each file behind a digest of its own; where nothing can be written, or others could write
too, there is no cache, and a damaged file is made anew. What is kept is loaded without numba, which takes
half a second to get going, and called through one pointer to all arguments, which are looked at only when
they are bound. Whether numba is switched off (NUMBA_DISABLE_JIT=1) is asked here too: functions then run as
Python.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from . import _cache, _loading
from ._helpers import CanRaiseError
from ._host import processor

__all__ = [
    "CompileListener",
    "Kernel",
    "cache_folder",
    "kernel",
    "on_compile",
    "registered",
]

CompileListener: TypeAlias = Callable[[str], None]
Run: TypeAlias = Callable[[], None]

DIGEST_BYTES = 32
_lock = threading.RLock()
_listeners: list[CompileListener] = []
_registry: list[Kernel] = []


def on_compile(listener: CompileListener) -> Callable[[], None]:
    """Call `listener(kernel name)` before each compilation that the cache does not spare.

    Returns a function that ends this.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def switched_off() -> bool:
    """Whether kernels run as Python: numba's own switch, read without importing numba."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def _numba_version() -> bytes:
    """The file that says it, since numba is not imported and the metadata of all packages take long to
    search."""
    found = find_spec("numba")
    if found is None or found.origin is None:
        return b""
    try:
        return Path(found.origin).with_name("_version.py").read_bytes()
    except OSError:
        from importlib.metadata import version

        return version("numba").encode()


@cache
def _say_once(what: str) -> None:
    if sys.stderr is not None:
        print(f"microinfer: {what}", file=sys.stderr)


@cache
def cache_folder() -> Path | None:
    """The folder for machine code, made if need be; None where it cannot be written, or not by the user
    alone, which is said once."""
    digest = hashlib.sha256(processor().encode() + _numba_version())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    try:
        folder = _cache.user_cache() / f"kernels-{digest.hexdigest()[:16]}"
        _cache.make_folder(folder)
    except _cache.UnsafeError as error:
        if sys.stderr is not None:
            print(
                f"microinfer: machine code is not kept: {error}; kernels are compiled every time",
                file=sys.stderr,
            )
        return None
    except (OSError, RuntimeError):
        return None
    return folder


def _read(folder: Path | None, name: str) -> bytes | None:
    """What `_write` wrote, or None where there is nothing, or something else."""
    content = _cache.read(folder, name) if folder is not None else None
    if content is None:
        return None
    digest, code = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    return code if code and hashlib.sha256(code).digest() == digest else None


def _write(folder: Path | None, name: str, code: bytes) -> None:
    if folder is not None:
        with suppress(OSError, _cache.UnsafeError):
            _cache.write(folder, name, hashlib.sha256(code).digest() + code)


_dtype = cache(np.dtype)


@dataclass(frozen=True, slots=True)
class Argument:
    """What a kernel takes in one place: an array of so many dimensions, or a number where it is None."""

    dtype: str
    dimensions: int | None
    readonly: bool

    def words(self, value: Any, where: str) -> tuple[int, ...]:
        """The argument as the machine code takes it, in words of 64 bits: numba's array, or a number."""
        if self.dimensions is None:
            if self.dtype.startswith("int"):
                return (int(value),)
            return (int.from_bytes(np.array(value, self.dtype).tobytes(), sys.byteorder),)
        good = isinstance(value, np.ndarray) and value.dtype == _dtype(self.dtype)
        flags = value.flags if good else None
        if (
            flags is None
            or value.ndim != self.dimensions
            or not (flags.c_contiguous and flags.aligned and (self.readonly or flags.writeable))
        ):
            found = f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
            kind = "an" if self.readonly else "a writable"
            raise TypeError(
                f"{where}: {found}, expected {kind} array of {self.dtype} with {self.dimensions} dimensions, "
                "contiguous"
            )
        strides, step = [0] * value.ndim, value.itemsize
        for axis in range(value.ndim - 1, -1, -1):
            strides[axis] = step
            step *= value.shape[axis]
        return (0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *strides)


_ARGUMENT = re.compile(
    r"\s*(?:Array\((?P<dtype>\w+),\s*(?P<dimensions>\d+),\s*'C'(?P<readonly>,\s*readonly=True)?\)"
    r"|(?P<item>\w+)\[(?P<axes>[:,\s]*)::1\]|(?P<scalar>int64|int32|float64|float32))\s*(?:,|\)$)"
)


def parse(signature: str) -> tuple[Argument, ...]:
    """The arguments of a signature such as "void(int8[:,::1], Array(int8, 1, 'C', readonly=True), int64)"."""
    found, at = [], len("void(")
    while at < len(signature):
        match = _ARGUMENT.match(signature, at)
        if match is None or not signature.startswith("void("):
            raise ValueError(f"signature {signature!r}, from {signature[at:]!r}: not understood")
        if match["scalar"] is not None:
            found.append(Argument(match["scalar"], None, True))
        elif match["item"] is not None:
            found.append(Argument(match["item"], match["axes"].count(":") + 1, False))
        else:
            found.append(Argument(match["dtype"], int(match["dimensions"]), match["readonly"] is not None))
        at = match.end()
    return tuple(found)


class Kernel:
    """A function over arrays and numbers, compiled on demand. `py_func` is its own slow reference.

    It allocates nothing and raises nothing: what it returns is what it wrote into its arguments.
    """

    def __init__(self, py_func: Callable[..., None], signature: str) -> None:
        self.py_func = py_func
        self.signature = signature
        self.arguments = parse(signature)
        self.name = f"{py_func.__module__.rpartition('.')[2]}.{py_func.__name__}"
        self._entry: Callable[..., None] | None = None
        self._plain: Callable[..., None] | None = None

    @property
    def symbol(self) -> str:
        """The name of its machine code, which no other kernel has."""
        return f"{self.name}.{hashlib.sha256(self.signature.encode()).hexdigest()[:8]}"

    def compile(self) -> Kernel:
        """See to it that there is machine code: from the cache if it is there, else compiled now."""
        if self._entry is None and self._plain is None and not switched_off():
            with _lock:
                if self._entry is None and self._plain is None:
                    self._make()
        return self

    def _make(self) -> None:
        digested = Path(self.py_func.__code__.co_filename).parent == Path(__file__).parent
        folder = cache_folder() if digested else None
        code = _read(folder, f"{self.symbol}.o")
        if code is None:
            for listener in list(_listeners):
                listener(self.name)
            try:
                from . import _compiler

                code = _compiler.compile_kernel(self)
            except CanRaiseError:
                raise
            except (ImportError, AttributeError, TypeError) as error:
                self._make_plain(error)
                return
            _write(folder, f"{self.symbol}.o", code)
        self._entry = _loading.load(code, self.symbol)

    def _make_plain(self, error: Exception) -> None:
        from ._njit import compile_plainly

        _say_once(
            f"numba is not one whose insides are known ({error}); kernels are compiled by its plain njit, "
            "in every process anew"
        )
        self._plain = compile_plainly(self.py_func, self.signature)

    def bind(self, *args: Any) -> Run:
        """The call of this kernel with these arguments, which are checked now and never again.

        Arrays are those to read and write at every call; numbers are fixed. The closure returned keeps
        the arrays, as its `args`, and the `kernel`.

        Raises:
            TypeError: an argument is not what the signature says.
        """
        if len(args) != len(self.arguments):
            raise TypeError(f"{self.name}: {len(args)} arguments, expected {len(self.arguments)}")
        words: list[int] = []
        for position, (argument, value) in enumerate(zip(self.arguments, args, strict=True)):
            words += argument.words(value, f"{self.name}, argument {position}")
        if switched_off():
            run = partial(self.py_func, *args)
        elif self.compile()._plain is not None:
            assert self._plain is not None
            run = partial(self._plain, *args)
        else:
            assert self._entry is not None
            packed = (ctypes.c_int64 * len(words))(*words)
            run = partial(self._entry, ctypes.byref(packed))
        run.kernel, run.arguments = self, args  # type: ignore[attr-defined]
        return run

    def __call__(self, *args: Any) -> None:
        self.bind(*args)()


def kernel(signature: str) -> Callable[[Callable[..., None]], Kernel]:
    """Make a kernel of a function. `signature` is numba's, explicit, void and C-contiguous."""

    def wrap(function: Callable[..., None]) -> Kernel:
        made = Kernel(function, signature)
        _registry.append(made)
        return made

    return wrap


def registered() -> Sequence[Kernel]:
    """Every kernel whose module has been imported."""
    return tuple(_registry)
