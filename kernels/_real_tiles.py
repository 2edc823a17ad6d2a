"""The inner operations of the vector kernels of real numbers, each made for numba's compiler on demand.

The arguments of each are those that the kernels in `real_tiles` give; arrays are read at linear indices that
nobody checks. Every lane adds in the order of TFLM's loops.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I64, LANES, cgutils, data, length

__all__ = ["convolve", "depthwise"]

_REAL = ir.FloatType()
_REALS = _bytes.vector(_REAL, LANES)
_int, _real = types.int64, types.float32


def _load(builder: Any, pointer: Any, index: Any) -> Any:
    return builder.load(builder.bitcast(builder.gep(pointer, [index]), _REALS.as_pointer()), align=4)


def _multiply_add(builder: Any, fused: bool, total: Any, a: Any, b: Any) -> Any:
    if fused:
        return _bytes.call(builder, "llvm.fma.v16f32", _REALS, a, b, total)
    return builder.fadd(total, builder.fmul(a, b))


def _finish(builder: Any, total: Any, bias: Any, low: Any, high: Any) -> Any:
    """With the bias, between the bounds; what is no number passes."""
    value = builder.fadd(total, bias)
    low, high = (_bytes.splat(builder, bound, LANES) for bound in (low, high))
    value = builder.select(builder.fcmp_ordered("<", value, low), low, value)
    return builder.select(builder.fcmp_ordered("<", high, value), high, value)


def convolve(pixels: int, blocks: int, fused: bool) -> Any:
    """Sums of `pixels` output pixels by `blocks` x 16 channels over all runs, with bias, bounded, stored."""

    @intrinsic
    def tile(
        _: Any, image: Any, base: Any, weights: Any, weight: Any, bias: Any, row: Any, y: Any, starts: Any,
        p: Any, runs: Any, taps: Any, depth: Any, first: Any, count: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kinds = signature.args
            source, packed, biases, target, at, offsets = (
                data(context, builder, kinds[i], values[i]) for i in (0, 2, 4, 6, 7, 9)
            )
            base, weight, row, p = (values[i] for i in (1, 3, 5, 8))
            taps, depth, first, count, low, high = values[10:]
            places = [builder.add(p, I64(i)) for i in range(pixels)]
            windows = [
                builder.gep(source, [builder.add(base, builder.load(builder.gep(at, [place])))])
                for place in places
            ]
            sums = [[cgutils.alloca_once(builder, _REALS) for _ in range(blocks)] for _ in range(pixels)]
            for totals in sums:
                for total in totals:
                    builder.store(ir.Constant(_REALS, [0.0] * LANES), total)
            step = LANES * blocks
            with cgutils.for_range(builder, length(context, builder, kinds[9], values[9])) as run:
                offset = builder.load(builder.gep(offsets, [run.index]))
                here = [builder.gep(window, [offset]) for window in windows]
                start = builder.add(weight, builder.mul(run.index, builder.mul(taps, I64(step))))
                factors_at = builder.gep(packed, [start])
                with cgutils.for_range(builder, taps) as loop:
                    near = builder.gep(factors_at, [builder.mul(loop.index, I64(step))])
                    factors = [_load(builder, near, I64(LANES * block)) for block in range(blocks)]
                    for i in range(pixels):
                        one = builder.load(builder.gep(here[i], [loop.index]))
                        same = _bytes.splat(builder, one, LANES)
                        for total, factor in zip(sums[i], factors, strict=True):
                            value = _multiply_add(builder, fused, builder.load(total), same, factor)
                            builder.store(value, total)
            for block in range(blocks):
                added = _load(builder, biases, builder.add(row, I64(LANES * block)))
                rest = builder.sub(count, I64(LANES * block))
                for i in range(pixels):
                    value = _finish(builder, builder.load(sums[i][block]), added, low, high)
                    place = builder.add(builder.mul(places[i], depth), first)
                    pointer = builder.gep(target, [builder.add(place, I64(LANES * block))])
                    _bytes.store_lanes(builder, pointer, value, rest, 4)
            return context.get_dummy_value()

        return types.void(
            image,
            _int,
            weights,
            _int,
            bias,
            _int,
            y,
            starts,
            _int,
            runs,
            _int,
            _int,
            _int,
            _int,
            _real,
            _real,
        ), code

    return tile


def depthwise(pixels: int, fused: bool) -> Any:
    """16 neighbouring channels of `pixels` output pixels, tap by tap."""

    @intrinsic
    def tile(
        _: Any, image: Any, base: Any, weights: Any, bias: Any, channel: Any, y: Any, starts: Any, p: Any,
        taps: Any, depth: Any, padded: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kinds = signature.args
            source, packed, biases, target, at, offsets = (
                data(context, builder, kinds[i], values[i]) for i in (0, 2, 3, 5, 6, 8)
            )
            base, channel, p = (values[i] for i in (1, 4, 7))
            depth, padded, low, high = values[9:]
            places = [builder.add(p, I64(i)) for i in range(pixels)]
            origin = builder.add(base, channel)
            windows = [
                builder.gep(source, [builder.add(origin, builder.load(builder.gep(at, [place])))])
                for place in places
            ]
            sums = [cgutils.alloca_once(builder, _REALS) for _ in range(pixels)]
            for total in sums:
                builder.store(ir.Constant(_REALS, [0.0] * LANES), total)
            with cgutils.for_range(builder, length(context, builder, kinds[8], values[8])) as loop:
                offset = builder.load(builder.gep(offsets, [loop.index]))
                factor = _load(builder, packed, builder.add(builder.mul(loop.index, padded), channel))
                for total, window in zip(sums, windows, strict=True):
                    value = _load(builder, window, offset)
                    value = _multiply_add(builder, fused, builder.load(total), value, factor)
                    builder.store(value, total)
            added = _load(builder, biases, channel)
            for total, place in zip(sums, places, strict=True):
                value = _finish(builder, builder.load(total), added, low, high)
                pointer = builder.gep(target, [builder.add(builder.mul(place, depth), channel)])
                _bytes.store_lanes(builder, pointer, value, builder.sub(depth, channel), 4)
            return context.get_dummy_value()

        return types.void(
            image, _int, weights, bias, _int, y, starts, _int, taps, _int, _int, _real, _real
        ), code

    return tile
