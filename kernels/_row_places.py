"""Where in each of 16 rows the largest number stands, made for numba's compiler on demand."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I32, I64, INTS, cgutils
from ._real_loops import LANES, transposed

__all__ = ["row_places"]


def row_places(name: str, item: str) -> Any:
    """`(x, first, y)`: to y the place of the "largest" number, or the "least", of 16 rows of x from `first`.

    Rows are read in pieces of 16 numbers, beyond the last of theirs.
    """

    @intrinsic
    def places(_: Any, x: Any, first: Any, y: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, values[0])
            depth = builder.extract_value(array.shape, 1)
            kind = _bytes.vector(array.data.type.pointee, LANES)
            starts = [
                builder.gep(array.data, [builder.mul(builder.add(values[1], I64(row)), depth)])
                for row in range(LANES)
            ]
            room = cgutils.alloca_once(builder, ir.ArrayType(kind, LANES))
            best = cgutils.alloca_once(builder, kind)
            place = cgutils.alloca_once_value(builder, ir.Constant(INTS, [0] * LANES))
            sign = ">" if name == "largest" else "<"
            compare = builder.fcmp_ordered if item == "float32" else builder.icmp_signed
            pieces = builder.udiv(builder.add(depth, I64(LANES - 1)), I64(LANES))
            with cgutils.for_range(builder, pieces) as loop:
                base = builder.mul(loop.index, I64(LANES))
                columns = transposed(builder, [_bytes.load(builder, start, kind, base) for start in starts])
                for k, column in enumerate(columns):
                    builder.store(column, builder.gep(room, [I32(0), I32(k)]))
                with builder.if_then(builder.icmp_signed("==", base, I64(0))):
                    builder.store(columns[0], best)
                left = builder.sub(depth, base)
                whole = builder.icmp_signed(">", left, I64(LANES))
                with cgutils.for_range(builder, builder.select(whole, I64(LANES), left)) as inner:
                    column = builder.load(builder.gep(room, [I64(0), inner.index]))
                    most = builder.load(best)
                    taken = compare(sign, column, most)
                    builder.store(builder.select(taken, column, most), best)
                    at = _bytes.narrow(builder, builder.add(base, inner.index), INTS)
                    builder.store(builder.select(taken, at, builder.load(place)), place)
            target = _bytes.data(context, builder, signature.args[2], values[2])
            _bytes.store(builder, target, values[1], builder.load(place))
            return context.get_dummy_value()

        return types.void(x, types.int64, y), code

    return places
