"""Calls of compiled kernels at their addresses, made for numba's compiler on demand."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._bytes import I8, I32

_int = types.int64


def call_entry() -> Any:
    """The entry of a kernel at an address, with the address of its arguments."""

    @intrinsic
    def call(_: Any, function: Any, argument: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            words = I8.as_pointer()
            entry = ir.FunctionType(I32, [words]).as_pointer()
            builder.call(builder.inttoptr(values[0], entry), [builder.inttoptr(values[1], words)])
            return context.get_dummy_value()

        return types.void(_int, _int), code

    return call
