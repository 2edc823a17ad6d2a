"""Look-ups in a table of 256 bytes by AVX-512 VBMI, made for numba's compiler on demand."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import BYTES, I64, SIGNED, call, cgutils, data, length, load

_PERMUTE = "llvm.x86.avx512.vpermi2var.qi.512"


def look_up_bytes() -> Any:
    """y[i] = table[x[i]] for every i: of arrays of uint8, the table of 256."""

    @intrinsic
    def look_up(_: Any, x: Any, table: Any, y: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source, numbers, target = (
                data(context, builder, kind, value)
                for kind, value in zip(signature.args, values, strict=True)
            )
            count = length(context, builder, signature.args[2], values[2])
            parts = [load(builder, numbers, SIGNED, I64(at)) for at in range(0, 256, BYTES)]

            def found(index: Any) -> Any:
                low, high = (call(builder, _PERMUTE, SIGNED, a, index, b) for a, b in (parts[:2], parts[2:]))
                upper = builder.icmp_signed("<", index, _bytes.constant(SIGNED, 0))
                return builder.select(upper, high, low)

            whole = builder.lshr(count, I64(6))
            with cgutils.for_range(builder, whole) as loop:
                offset = builder.shl(loop.index, I64(6))
                _bytes.store(builder, target, offset, found(load(builder, source, SIGNED, offset)))
            offset = builder.shl(whole, I64(6))
            rest = builder.sub(count, offset)
            with builder.if_then(builder.icmp_signed(">", rest, I64(0))):
                index = _bytes.load_first(builder, builder.gep(source, [offset]), rest)
                _bytes.store_first(builder, found(index), builder.gep(target, [offset]), rest)
            return context.get_dummy_value()

        return types.void(x, table, y), code

    return look_up
