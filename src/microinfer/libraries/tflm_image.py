"""Code, stack and static RAM of the smallest program that makes TFLM's interpreter and invokes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .build import DEFAULT_BUILD
from .code_builds import built_bytes, built_shares
from .code_size import code_size
from .image import Image, Operators, unmodelled_names
from .stack import stack_use
from .target import Target

__all__ = ["tflm_program"]


def tflm_program(library: str, *, provisional: bool = False) -> Callable[[str, Target, Operators], Image]:
    """The program with the kernels of a library, whose tables bear its name; `provisional` where they are
    another one's."""

    def program(core: str, target: Target, operators: Operators) -> Image:
        unmodelled = unmodelled_names(operators)
        code = code_size(library, core, (name for name, _ in operators))
        stack = stack_use(library, target, operators) if not unmodelled else None
        return Image(
            code_bytes=None if code is None else built_bytes(code.groups, target.build),
            stack_bytes=None if stack is None else stack.bytes,
            globals_bytes=None if code is None else code.globals_bytes,
            provisional=provisional
            or target.build != DEFAULT_BUILD
            or (code is not None and code.provisional)
            or (stack is not None and stack.provisional),
            shared_out=tuple if code is None else partial(built_shares, code, target.build),
            code_unknown=() if code is None else tuple(name for name in code.unknown if name in unmodelled),
        )

    return program
