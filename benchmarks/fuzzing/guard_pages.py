"""Every array of numpy's between two pages that nobody may read or write.

numpy asks a handler for the memory of its arrays' data (NEP 49). This one gives each array whole pages of its
own with an unreadable one before and behind, and lets it end where the pages end, or begin where they begin,
as `lean` says: who reads or writes one byte beyond that end is stopped by the processor, in compiled
kernels as well. Kernels here allocate nothing themselves, so that all they see is arrays of numpy's:
the arena, tensors beside each other, packed weights, tables. A length in whole items puts items on their
natural boundary at either end. Linux only; one thread.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic
from numpy._core import _multiarray_umath

__all__ = ["guard_arrays", "lean", "used"]

PAGE = 4096
LARGEST_KEPT = 64
"""Pages of arrays whose memory is kept for the next of the same size; larger ones are given back at once."""
RUBBISH = 0xA5
_SET_HANDLER = 304
"""Of numpy's table of functions: `PyDataMem_SetHandler`, which has kept its place since numpy 1.22."""
_READ_WRITE, _NONE, _PRIVATE_ANONYMOUS = 3, 0, 0x22

_state = np.zeros(8, np.int64)
"""[0]: 1 where arrays begin at their pages' start. [1]: arrays given."""
_free = np.zeros(LARGEST_KEPT + 1, np.int64)
"""The first free block of each number of pages; each has the next one's address in its header."""
_STATE, _FREE = _state.ctypes.data, _free.ctypes.data

_libc = ctypes.CDLL(None, use_errno=True)
_mmap, _mprotect, _munmap = _libc.mmap, _libc.mprotect, _libc.munmap
_mmap.restype = ctypes.c_int64
_mmap.argtypes = (ctypes.c_int64, ctypes.c_int64, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int64)
_mprotect.restype, _mprotect.argtypes = ctypes.c_int, (ctypes.c_int64, ctypes.c_int64, ctypes.c_int)
_munmap.restype, _munmap.argtypes = ctypes.c_int, (ctypes.c_int64, ctypes.c_int64)


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    """An address as a pointer to words."""
    return types.CPointer(types.int64)(types.int64), _to_pointer


@intrinsic
def _byte_pointer(typing: Any, address: Any) -> Any:
    return types.CPointer(types.uint8)(types.int64), _to_pointer


def _to_pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))


@njit
def _words(address: Any, count: Any) -> Any:
    return carray(_pointer(address), count, np.int64)


@njit
def _take(size: Any) -> Any:
    """Address of `size` bytes, 0 where there are none; their header lies two pages before."""
    state, free = _words(_STATE, 8), _words(_FREE, LARGEST_KEPT + 1)
    size = max(size, 1)
    pages = (size + PAGE - 1) // PAGE
    state[1] += 1
    if pages <= LARGEST_KEPT and free[pages]:
        block = free[pages]
        free[pages] = _words(block, 1)[0]
    else:
        block = _mmap(0, (pages + 3) * PAGE, _NONE, _PRIVATE_ANONYMOUS, -1, 0)
        if block == -1:
            return 0
        if _mprotect(block, PAGE, _READ_WRITE) | _mprotect(block + 2 * PAGE, pages * PAGE, _READ_WRITE):
            _munmap(block, (pages + 3) * PAGE)  # as many maps as the system gives a process
            return 0
        _words(block, 3)[2] = 1
    header = _words(block, 3)
    header[1] = size
    start = block + 2 * PAGE
    return start if state[0] else start + pages * PAGE - size


@njit
def _block_of(address: Any) -> Any:
    return address // PAGE * PAGE - 2 * PAGE


@njit
def _give_back(address: Any) -> None:
    free = _words(_FREE, LARGEST_KEPT + 1)
    block = _block_of(address)
    header = _words(block, 3)
    pages = (header[1] + PAGE - 1) // PAGE
    if pages <= LARGEST_KEPT:
        header[0] = free[pages]
        free[pages] = block
        header[2] = 0
    else:
        _munmap(block, (pages + 3) * PAGE)


@njit
def _fill(address: Any, size: Any, value: Any) -> None:
    held = carray(_byte_pointer(address), size, np.uint8)
    for index in range(size):
        held[index] = value


@cfunc("int64(int64, int64)")
def _malloc(context: Any, size: Any) -> Any:
    address = _take(size)
    if address and size <= LARGEST_KEPT * PAGE:
        _fill(address, size, RUBBISH)
    return address


@cfunc("int64(int64, int64, int64)")
def _calloc(context: Any, count: Any, size: Any) -> Any:
    address = _take(count * size)
    if address and _words(_block_of(address), 3)[2] == 0:
        _fill(address, max(count * size, 1), 0)
    return address


@cfunc("int64(int64, int64, int64)")
def _realloc(context: Any, old: Any, size: Any) -> Any:
    address = _take(size)
    if old and address:
        least = min(size, _words(_block_of(old), 3)[1])
        held, given = (
            carray(_byte_pointer(old), least, np.uint8),
            carray(_byte_pointer(address), least, np.uint8),
        )
        for index in range(least):
            given[index] = held[index]
        _give_back(old)
    return address


@cfunc("void(int64, int64, int64)")
def _release(context: Any, address: Any, size: Any) -> None:
    if address:
        _give_back(address)


class _Handler(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", ctypes.c_void_p),
        ("malloc", ctypes.c_void_p),
        ("calloc", ctypes.c_void_p),
        ("realloc", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    )


_handler = _Handler(b"guarded", 1, None, _malloc.address, _calloc.address, _realloc.address, _release.address)


def guard_arrays() -> None:
    """From now on numpy's arrays in this process lie between unreadable pages."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    make = ctypes.pythonapi.PyCapsule_New
    make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    table = ctypes.cast(get(_multiarray_umath._ARRAY_API, None), ctypes.POINTER(ctypes.c_void_p))
    set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(table[_SET_HANDLER])
    set_handler(make(ctypes.addressof(_handler), b"mem_handler", None))


def lean(on_start: bool) -> None:
    """Whether arrays to come begin where their pages do, to stop who reads before them, or end there."""
    _state[0] = on_start


def used() -> int:
    """Arrays given since the last call."""
    found = int(_state[1])
    _state[1] = 0
    return found
