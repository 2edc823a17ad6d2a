"""Object files into memory, by llvmlite alone: what a kernel that has once been compiled needs."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm

__all__ = ["DOT_PRODUCTS", "emit", "features", "load", "processor", "sums_products"]

DOT_PRODUCTS = "dotprod"
"""LLVM's name of 64-bit Arm's dot products of bytes."""

_SUM_OF_PRODUCTS = """
define i32 @sum(<16 x i8> %a, <16 x i8> %b) {
  %wide_a = sext <16 x i8> %a to <16 x i32>
  %wide_b = sext <16 x i8> %b to <16 x i32>
  %products = mul <16 x i32> %wide_a, %wide_b
  %sum = call i32 @llvm.vector.reduce.add.v16i32(<16 x i32> %products)
  ret i32 %sum
}
declare i32 @llvm.vector.reduce.add.v16i32(<16 x i32>)
"""
_lock = threading.Lock()


@cache
def _initialise() -> None:
    with suppress(RuntimeError):  # since llvmlite 0.45 it goes without saying
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def processor() -> str:
    """What machine code depends on: compiler, platform, processor and the user's choice of another."""
    _initialise()
    return " ".join(
        (
            llvmlite.__version__,
            llvm.get_process_triple(),
            llvm.get_host_cpu_name(),
            llvm.get_host_cpu_features().flatten(),
            os.environ.get("NUMBA_CPU_NAME", ""),
            os.environ.get("NUMBA_CPU_FEATURES", ""),
            os.environ.get("NUMBA_ENABLE_AVX", ""),
            os.environ.get("NUMBA_OPT", ""),
        )
    )


@cache
def features() -> frozenset[str]:
    """Names, as LLVM has them, of the features that the processor has, or that the user says it has.

    `DOT_PRODUCTS` is among them on 64-bit Arm alone, and there where LLVM would use them: on many such
    processors it is their name that says so, not the features that the system lists.
    """
    _initialise()
    named = os.environ.get("NUMBA_CPU_FEATURES")
    name = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    if named is None:
        named = "" if name.lower() == "generic" else llvm.get_host_cpu_features().flatten()
    found = {item[1:] for item in named.split(",") if item.startswith("+")} - {DOT_PRODUCTS}
    if sums_products(llvm.get_process_triple(), name, named):
        found.add(DOT_PRODUCTS)
    avx = os.environ.get("NUMBA_ENABLE_AVX", "1") != "0"
    return frozenset(name for name in found if avx or not name.startswith("avx"))


def sums_products(triple: str, name: str, named: str) -> bool:
    """Whether LLVM sums products of bytes by one instruction for this 64-bit Arm processor, which has the
    features named."""
    if not triple.startswith(("aarch64-", "arm64-")):
        return False
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=name, features=named, opt=3)
    return "sdot" in machine.emit_assembly(llvm.parse_assembly(_SUM_OF_PRODUCTS))


def _machine() -> Any:
    _initialise()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        opt=3, codemodel="jitdefault", jit=True
    )


def emit(text: str) -> bytes:
    """An object file of LLVM's text."""
    code: bytes = _machine().emit_object(llvm.parse_assembly(text))
    return code


@cache
def _engine() -> Any:
    """All kernels live in one, for as long as the process does."""
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())


def load(code: bytes, symbol: str) -> Callable[..., None]:
    """The function `symbol` of an object file, which takes a pointer; it is called without the GIL."""
    with _lock:
        engine = _engine()
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        address = engine.get_function_address(symbol)
    return ctypes.CFUNCTYPE(None)(address)
