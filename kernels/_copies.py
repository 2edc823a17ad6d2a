"""Copies of signed bytes as an image has them: unsigned ones, 128 more, as they are, or widened.

The arguments are those that the dot product kernels give; arrays are read at linear
indices that nobody checks.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import (
    I8,
    I16,
    I64,
    SIGNED,
    cgutils,
    constant,
    data,
    load,
)
from .dot_products import ELEMENT_BYTES, UNSIGNED

_int = types.int64
_AT_ONCE = 16


def _element(builder: Any, value: Any) -> Any:
    """Signed bytes, or one, as an image has them."""
    if ELEMENT_BYTES == 2:
        whole = value.type
        return builder.sext(value, I16 if whole == I8 else _bytes.vector(I16, whole.count))
    return builder.xor(value, I8(-UNSIGNED) if value.type == I8 else constant(value.type, -UNSIGNED))


def _store_first(builder: Any, value: Any, pointer: Any, count: Any) -> None:
    """The first `count` of 64 elements, fewer than all."""
    if ELEMENT_BYTES == 1:
        _bytes.store_first(builder, value, pointer, count)
    else:
        _bytes.store_lanes(builder, pointer, value, count, ELEMENT_BYTES)


def copy_unsigned() -> Any:
    """`count` signed bytes from one place to another as an image has them."""

    @intrinsic
    def copy(_: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            to = builder.gep(data(context, builder, signature.args[0], values[0]), [values[1]])
            origin = builder.gep(data(context, builder, signature.args[2], values[2]), [values[3]])
            whole = builder.lshr(values[4], I64(6))
            with cgutils.for_range(builder, whole) as loop:
                offset = builder.shl(loop.index, I64(6))
                value = load(builder, origin, SIGNED, offset)
                _bytes.store(builder, to, offset, _element(builder, value))
            offset = builder.shl(whole, I64(6))
            rest = builder.sub(values[4], offset)
            with builder.if_then(builder.icmp_signed(">", rest, I64(0))):
                value = _bytes.load_first(builder, builder.gep(origin, [offset]), rest)
                _store_first(builder, _element(builder, value), builder.gep(to, [offset]), rest)
            return context.get_dummy_value()

        return types.void(target, _int, source, _int, _int), code

    return copy


def split_unsigned(sizes: tuple[int, ...]) -> Any:
    """Pixels of one of the `sizes` in bytes, in pairs: the first of each to one place, the second to
    another, as an image has them."""

    @intrinsic
    def split(
        _: Any, target: Any, even: Any, odd: Any, source: Any, start: Any, pairs: Any, size: Any
    ) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            base = data(context, builder, signature.args[0], values[0])
            to = [builder.gep(base, [values[i]]) for i in (1, 2)]
            origin = builder.gep(data(context, builder, signature.args[3], values[3]), [values[4]])
            for known in sizes:
                kind = _bytes.vector(I8, known)
                with (
                    builder.if_then(builder.icmp_signed("==", values[6], I64(known))),
                    cgutils.for_range(builder, values[5]) as loop,
                ):
                    for which in (0, 1):
                        place = builder.mul(loop.index, I64(2 * known))
                        value = load(builder, origin, kind, builder.add(place, I64(which * known)))
                        value = _element(builder, value)
                        _bytes.store(builder, to[which], builder.mul(loop.index, I64(known)), value)
            return context.get_dummy_value()

        return types.void(target, _int, _int, source, _int, _int, _int), code

    return split


def repeat_unsigned() -> Any:
    """`count` signed bytes as an image has them, each so many `times` side by side; two, four and eight times
    are done by vectors."""

    @intrinsic
    def repeat(_: Any, target: Any, at: Any, source: Any, start: Any, count: Any, times: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            to = builder.gep(data(context, builder, signature.args[0], values[0]), [values[1]])
            origin = builder.gep(data(context, builder, signature.args[2], values[2]), [values[3]])
            count, times = values[4:]
            done = cgutils.alloca_once_value(builder, I64(0))
            kind = _bytes.vector(I8, _AT_ONCE)
            for known in (2, 4, 8):
                with builder.if_then(builder.icmp_signed("==", times, I64(known))):
                    whole = builder.lshr(count, I64(_AT_ONCE.bit_length() - 1))
                    with cgutils.for_range(builder, whole) as loop:
                        place = builder.mul(loop.index, I64(_AT_ONCE))
                        value = _element(builder, load(builder, origin, kind, place))
                        order = [i // known for i in range(_AT_ONCE * known)]
                        repeated = _bytes.shuffle(builder, value, None, order)
                        _bytes.store(builder, to, builder.mul(place, times), repeated)
                    builder.store(builder.mul(whole, I64(_AT_ONCE)), done)
            first = builder.load(done)
            with cgutils.for_range(builder, builder.sub(count, first)) as loop:
                index = builder.add(first, loop.index)
                value = _element(builder, builder.load(builder.gep(origin, [index])))
                place = builder.gep(to, [builder.mul(index, times)])
                with cgutils.for_range(builder, times) as inner:
                    builder.store(value, builder.gep(place, [inner.index]))
            return context.get_dummy_value()

        return types.void(target, _int, source, _int, _int, _int), code

    return repeat
