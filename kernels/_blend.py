"""One output pixel of a bilinear resize by a vector of channels, for numba's compiler: what `resize_lanes` is
made of. Arrays are read at linear indices that nobody checks."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._bytes import I8, I32, call, constant, data, load, narrow, splat, store, vector

__all__ = ["pixel_of_bytes", "pixel_of_reals"]

_int, _real = types.int64, types.float32


def pixel_of_bytes(lanes: int) -> Any:
    """So many sums of two int32 of a line by weights, with 20 fraction bits, rounded with halves away from
    zero."""
    kind = vector(I32, lanes)

    @intrinsic
    def pixel(_: Any, line: Any, first: Any, second: Any, before: Any, after: Any, out: Any, at: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source = data(context, builder, signature.args[0], values[0])
            target = data(context, builder, signature.args[5], values[5])
            one, other = (
                builder.mul(load(builder, source, kind, place), narrow(builder, weight, kind))
                for place, weight in ((values[1], values[3]), (values[2], values[4]))
            )
            total = builder.add(one, other)
            sign = builder.ashr(total, constant(kind, 31))
            size = builder.add(builder.sub(builder.xor(total, sign), sign), constant(kind, 1 << 19))
            rounded = builder.ashr(size, constant(kind, 20))
            made = builder.sub(builder.xor(rounded, sign), sign)
            store(builder, target, values[6], builder.trunc(made, vector(I8, lanes)))
            return context.get_dummy_value()

        return types.void(line, _int, _int, _int, _int, out, _int), code

    return pixel


def pixel_of_reals(lanes: int, fuses: bool) -> Any:
    """So many sums of four products: of the places lower left, upper left, upper right and lower right, by
    the weights of their rows and columns; `fuses`: sum and product in one rounding."""
    kind = vector(ir.FloatType(), lanes)

    @intrinsic
    def pixel(
        _: Any, x: Any, lower_left: Any, upper_left: Any, upper_right: Any, lower_right: Any,
        upper: Any, lower: Any, before: Any, after: Any, out: Any, at: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source = data(context, builder, signature.args[0], values[0])
            target = data(context, builder, signature.args[9], values[9])
            up, down, left, right = (splat(builder, weight, lanes) for weight in values[5:9])
            total = None
            for place, row, column in zip(
                values[1:5], (down, up, up, down), (left, left, right, right), strict=True
            ):
                weighed = builder.fmul(load(builder, source, kind, place, align=4), row)
                if total is None:
                    total = builder.fmul(weighed, column)
                elif fuses:
                    total = call(builder, f"llvm.fma.v{lanes}f32", kind, weighed, column, total)
                else:
                    total = builder.fadd(total, builder.fmul(weighed, column))
            made = builder.fadd(total, ir.Constant(kind, [0.0] * lanes))
            store(builder, target, values[10], made)
            return context.get_dummy_value()

        return types.void(x, _int, _int, _int, _int, _real, _real, _real, _real, out, _int), code

    return pixel
