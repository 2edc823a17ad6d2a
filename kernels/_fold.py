"""The inner operation of pools: windows of neighbouring outputs, element by element, by vectors of channels.

Made for numba's compiler on demand; arrays are read at linear indices that nobody checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I8, I16, I32, I64, cgutils, constant, data, splat

__all__ = ["fold"]

_REAL, _DOUBLE = ir.FloatType(), ir.DoubleType()
_ITEMS = {"int8": I8, "int16": I16, "float32": _REAL}
_int = types.int64


def _compare(builder: Any, real: bool, sign: str, a: Any, b: Any) -> Any:
    return builder.fcmp_ordered(sign, a, b) if real else builder.icmp_signed(sign, a, b)


def _bounded(builder: Any, real: bool, value: Any, low: Any, high: Any) -> Any:
    """max with `low` first, then min with `high`; what is no number passes."""
    value = builder.select(_compare(builder, real, "<", value, low), low, value)
    return builder.select(_compare(builder, real, "<", high, value), high, value)


def _mean(builder: Any, total: Any, count: Any, wide: bool) -> Any:
    """Of int32 sums, rounded to nearest, halves away from zero; `wide`: by float64, else by float32."""
    lanes = total.type.count
    half = splat(builder, builder.trunc(builder.lshr(count, I64(1)), I32), lanes)
    above = builder.icmp_signed(">", total, constant(total.type, 0))
    total = builder.select(above, builder.add(total, half), builder.sub(total, half))
    kind = _DOUBLE if wide else _REAL
    divisor = splat(builder, builder.sitofp(count, kind), lanes)
    quotient = builder.fdiv(builder.sitofp(total, _bytes.vector(kind, lanes)), divisor)
    return builder.fptosi(quotient, total.type)


def _step(builder: Any, name: str, real: bool, total: Any, value: Any) -> Any:
    if name == "largest":
        return builder.select(_compare(builder, real, "<", total, value), value, total)
    if name == "least":
        return builder.select(_compare(builder, real, "<", value, total), value, total)
    if not real:
        return builder.add(total, builder.sext(value, total.type))
    if name == "squares":
        return builder.fadd(total, builder.fmul(value, value))
    if name == "squares_fused":
        return _bytes.call(builder, f"llvm.fma.v{total.type.count}f32", total.type, value, value, total)
    return builder.fadd(total, value)


def fold(name: str, item: str, lanes: int, pixels: int, start: float, wide: bool) -> Any:
    """The largest, the least, the mean or the root of the mean square over windows of `rows` by `columns`,
    for `lanes` channels of `pixels` outputs; sums begin with `start` and take elements in their order.

    The quotient is by `divisor`, or where that is 0 by the count of elements.
    """
    real = item == "float32"
    element = _ITEMS[item]
    source = _bytes.vector(element, lanes)
    sums = name not in ("largest", "least")
    kind = _bytes.vector(I32, lanes) if sums and not real else source
    align = element.width // 8 if not real else 4
    bound = types.float32 if real else types.int64

    def finish(builder: Any, total: Any, count: Any, low: Any, high: Any) -> Any:
        low, high = (
            splat(builder, one if real else builder.trunc(one, kind.element), lanes) for one in (low, high)
        )
        if sums and not real:
            total = _mean(builder, total, count, wide)
        elif sums:
            total = builder.fdiv(total, splat(builder, builder.sitofp(count, _REAL), lanes))
            if name != "sums":
                total = _bytes.call(builder, f"llvm.sqrt.v{lanes}f32", kind, total)
        total = _bounded(builder, real, total, low, high)
        return total if kind is source else builder.trunc(total, source)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        origin = builder.gep(data(context, builder, signature.args[0], values[0]), [values[1]])
        target = builder.gep(data(context, builder, signature.args[2], values[2]), [values[3]])
        rows, columns, row_step, column_step, pixel_step, out_step, divisor, low, high = values[4:]
        totals = [cgutils.alloca_once(builder, kind) for _ in range(pixels)]
        first = ir.Constant(kind, [start if real else int(start)] * lanes)
        for total in totals:
            builder.store(first, total)
        with cgutils.for_range(builder, rows) as down:
            row = builder.gep(origin, [builder.mul(down.index, row_step)])
            with cgutils.for_range(builder, columns) as across:
                at = builder.gep(row, [builder.mul(across.index, column_step)])
                for i, total in enumerate(totals):
                    near = builder.gep(at, [builder.mul(I64(i), pixel_step)])
                    value = builder.load(builder.bitcast(near, source.as_pointer()), align=align)
                    builder.store(_step(builder, name, real, builder.load(total), value), total)
        none = builder.icmp_signed("==", divisor, I64(0))
        count = builder.select(none, builder.mul(rows, columns), divisor)
        for i, total in enumerate(totals):
            made = finish(builder, builder.load(total), count, low, high)
            near = builder.gep(target, [builder.mul(I64(i), out_step)])
            builder.store(made, builder.bitcast(near, source.as_pointer()), align=align)
        return context.get_dummy_value()

    generate: Callable[..., Any] = code

    @intrinsic
    def tile(
        _: Any, x: Any, at: Any, y: Any, out: Any, rows: Any, columns: Any, row_step: Any, column_step: Any,
        pixel_step: Any, out_step: Any, divisor: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        return types.void(x, _int, y, _int, *(_int,) * 7, bound, bound), generate

    return tile
