"""Kernels to object files, by numba; imported only where one has to be compiled.

The function is compiled as it stands, but for the helpers that it calls by name: those that are marked
`inline` are compiled with it, the plain operations of `lanes` are replaced by those of `_vectors`, and what
is `Native` is made.
Around it comes an entry of one argument, a pointer to all of the kernel's in words of 64 bits. Neither
numba's reference counts nor its wrapper for Python are compiled in: a kernel that would need them, because it
allocates, does not compile. Nor does one that can raise an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, cast

from llvmlite import ir
from numba.core import compiler, sigutils, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from ._helpers import CanRaiseError
from ._linking import linked

__all__ = ["compile_kernel"]

WORD = 8
_OF_HELPERS: dict[str, Any] = {
    "error_model": "numpy",
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


class Source(Protocol):
    """What is compiled: a function, and the names of it and of its machine code."""

    @property
    def py_func(self) -> Callable[..., None]: ...
    @property
    def signature(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def symbol(self) -> str: ...


def _flags() -> Any:
    flags: Any = cast("Any", compiler.Flags)()
    flags.error_model = "numpy"
    flags.nrt = False
    flags.no_cpython_wrapper = True
    flags.no_cfunc_wrapper = True
    flags.no_compile = True
    return flags


@cache
def _refreshed() -> Any:
    """numba's context, with all that kernels may use in it."""
    cpu_target.target_context.refresh()
    return cpu_target.target_context


def _entry(context: Any, compiled: Any, arguments: Any, symbol: str) -> ir.Module:
    """`int symbol(words*)`, which calls the kernel with what lies there and returns its status."""
    module = compiled.library.create_ir_module(symbol)
    function = ir.Function(module, ir.FunctionType(ir.IntType(32), [ir.IntType(8).as_pointer()]), symbol)
    builder = ir.IRBuilder(function.append_basic_block())
    values, offset = [], 0
    for argument in arguments:
        kind = context.get_value_type(argument)
        at = builder.gep(function.args[0], [ir.IntType(64)(offset)])
        values.append(builder.load(builder.bitcast(at, kind.as_pointer()), align=WORD))
        offset += -(-context.get_abi_sizeof(kind) // WORD) * WORD
    target = context.declare_function(module, compiled.fndesc)
    status, _ = context.call_conv.call_function(builder, target, types.void, arguments, values)
    builder.ret(status.code)
    return module


def _hide(library: Any, symbol: str) -> None:
    """Leave only the entry visible: what it has taken in is then dropped, and no two kernels clash."""
    module = library._final_module
    for value in (*module.functions, *module.global_variables):
        if not value.is_declaration and value.name != symbol:
            value.linkage = "internal"


def _can_raise(text: str) -> bool:
    """Whether a function returns a status other than 0 of its own, to judge by LLVM's text."""
    returned = re.findall(r"ret i32 (\S+)", text)
    for name in {value for value in returned if value.startswith("%common.ret")}:
        for merged in re.findall(rf"{re.escape(name)} = phi i32 (.*)", text):
            returned += re.findall(r"\[ (\S+),", merged)
    return any(value != "0" and not value.startswith("%") for value in returned)


def _module(kernel: Source) -> tuple[Any, Any]:
    """LLVM's module with the one visible symbol `kernel.symbol`, and the target machine."""
    arguments, _ = sigutils.normalize_signature(kernel.signature)  # type: ignore[no-untyped-call]
    with global_compiler_lock:
        context = _refreshed()
        compiled = compiler.compile_extra(  # type: ignore[no-untyped-call]
            cpu_target.typing_context,
            context,
            linked(kernel.py_func, **_OF_HELPERS),
            arguments,
            types.void,
            _flags(),
            {},
        )
        library = compiled.library
        library.add_ir_module(_entry(context, compiled, arguments, kernel.symbol))
        _hide(library, kernel.symbol)
        library.finalize()
        _hide(library, kernel.symbol)
    module = library._final_module
    if _can_raise(str(module)):
        raise CanRaiseError(f"{kernel.name} can raise an exception, which nobody would see")
    return module, library.codegen._tm


def compile_kernel(kernel: Source) -> bytes:
    """An object file with the one symbol `kernel.symbol`."""
    module, machine = _module(kernel)
    code: bytes = machine.emit_object(module)
    return code


def assembly(kernel: Source) -> str:
    """The same for people."""
    module, machine = _module(kernel)
    text: str = machine.emit_assembly(module)
    return text
