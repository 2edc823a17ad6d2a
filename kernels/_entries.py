"""What is done at addresses, made for numba on demand: kernels called, bytes copied, turns taken."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._bytes import I8, I32, I64, cgutils

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


def number_at() -> Any:
    """The number at an address."""

    @intrinsic
    def number(_: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.load(builder.inttoptr(values[0], I64.as_pointer()))

        return _int(_int), code

    return number


def copy_bytes() -> Any:
    """So many bytes to one address from another, which do not overlap."""

    @intrinsic
    def copy(_: Any, target: Any, source: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            to, origin = (builder.inttoptr(value, I8.as_pointer()) for value in values[:2])
            cgutils.raw_memcpy(builder, to, origin, values[2], 1)
            return context.get_dummy_value()

        return types.void(_int, _int, _int), code

    return copy


def take() -> Any:
    """What the number at an address was before so much is added to it, whoever else does so now."""

    @intrinsic
    def taken(_: Any, place: Any, step: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            at = builder.inttoptr(values[0], I64.as_pointer())
            return builder.atomic_rmw("add", at, values[1], "seq_cst")

        return _int(_int, _int), code

    return taken
