"""a x b + c of float32 by machine code in one rounding: numba's form of `multiply_add.fused`."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

__all__ = ["fused"]


def fused() -> Any:
    """Where the processor has no such instruction LLVM calls the C library's fmaf, with the same bits."""

    @intrinsic
    def multiply_add(context: Any, a: Any, b: Any, c: Any) -> Any:
        number = types.float32

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.fma(*arguments)

        return number(number, number, number), generate

    return multiply_add
