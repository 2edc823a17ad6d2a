"""Units of memory from one of two places, for numba's compiler: what `chosen_units` is made of."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I8, I64, cgutils, data, length

__all__ = ["choose"]


def choose(size: int) -> Any:
    """For each number of the first array a unit of `unit` bytes, at least `size`: of the second where it is
    not 0, else of the third. In pieces of `size`, of which the last two may overlap."""
    kind = _bytes.vector(I8, size)

    @intrinsic
    def chosen(_: Any, holds: Any, first: Any, second: Any, y: Any, unit: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            flags, one, other, target = (
                data(context, builder, signature.args[i], values[i]) for i in range(4)
            )
            unit = values[4]
            last = builder.sub(unit, I64(size))
            more = builder.udiv(builder.sub(unit, I64(1)), I64(size))
            with cgutils.for_range(builder, length(context, builder, signature.args[0], values[0])) as loop:
                place = builder.mul(loop.index, unit)
                flag = builder.load(builder.gep(flags, [loop.index]))
                origin = builder.select(builder.icmp_unsigned("!=", flag, I8(0)), one, other)

                def move(at: Any, origin: Any = origin, place: Any = place) -> None:
                    near = builder.add(place, at)
                    _bytes.store(builder, target, near, _bytes.load(builder, origin, kind, near))

                with cgutils.for_range(builder, more) as piece:
                    move(builder.mul(piece.index, I64(size)))
                move(last)
            return context.get_dummy_value()

        return types.void(holds, first, second, y, types.int64), code

    return chosen
