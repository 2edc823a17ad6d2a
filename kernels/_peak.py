"""Sums of products as fast as a processor makes them, made for numba's compiler on demand."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I8, I64, INTS, cgutils, constant, data, load
from .dot_products import ELEMENT_BYTES

_int = types.int64


def _unknown(builder: Any, value: Any) -> Any:
    """The same, of which the compiler knows nothing: products that are an instruction of their own would
    else be made once for all."""
    half = _bytes.vector(_bytes.I32, 8)
    kind = ir.FunctionType(half, [half])
    parts = [_bytes.shuffle(builder, value, None, range(at, at + 8)) for at in (0, 8)]
    low, high = (builder.asm(kind, "", "=x,0", [part], side_effect=True) for part in parts)
    return _bytes.shuffle(builder, low, high, range(16))


def multiply_bytes(chains: int) -> Any:
    """`turns` times, to each of `chains` vectors of sums, products of the same 64 bytes: no load, and no sum
    waits for another."""

    @intrinsic
    def multiply(_: Any, bytes_: Any, sums: Any, turns: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source = builder.bitcast(data(context, builder, signature.args[0], values[0]), I8.as_pointer())
            target = builder.bitcast(data(context, builder, signature.args[1], values[1]), I8.as_pointer())
            signed = load(builder, source, INTS, I64(0))
            totals = [cgutils.alloca_once_value(builder, constant(INTS, chain)) for chain in range(chains)]
            with cgutils.for_range(builder, values[2]):
                for total in totals:
                    before = builder.load(total)
                    factors = _unknown(builder, signed) if ELEMENT_BYTES == 2 else signed
                    builder.store(_bytes.multiply_add(builder, before, factors, factors), total)
            for chain, total in enumerate(totals):
                _bytes.store(builder, target, I64(64 * chain), builder.load(total))
            return context.get_dummy_value()

        return types.void(bytes_, sums, _int), code

    return multiply
