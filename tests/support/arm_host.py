"""Models on a 64-bit Arm computer that sums products of bytes: such kernels are run by QEMU, the rest here.

A program, because what the processor has is asked when kernels are imported. It reads a pickled list of
cases from a file and writes, to another, a list of outcomes. Where `run` is not 1, kernels are bound and
translated only.
"""

from __future__ import annotations

import ctypes
import pickle
import re
import shutil
import struct
import subprocess
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .byte_layers import Case, Outcome

TRIPLE = "aarch64-unknown-linux-gnu"
COMPILER = "aarch64-linux-gnu-gcc"
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
CALL = Path(__file__).with_name("kernel_call.c")
WORD, LINE = 8, 64

__all__ = ["main", "translates", "unable"]


def emulator() -> str | None:
    return next((found for name in EMULATORS if (found := shutil.which(name))), None)


def unable() -> str | None:
    """What is lacking here to run kernels, or None."""
    if shutil.which(COMPILER) is None:
        return f"no {COMPILER}"
    return None if emulator() else f"no {EMULATORS[0]}"


def translates() -> bool:
    """Whether llvmlite writes code for this processor at all."""
    import llvmlite.binding as llvm

    try:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        llvm.Target.from_triple(TRIPLE)
    except RuntimeError:
        return False
    return True


def main(given: str, made: str, run: str) -> None:
    """The program."""
    from microinfer.kernels import _processor

    _processor.features = lambda: frozenset({"neon", "dotprod"})
    with TemporaryDirectory() as folder:
        computer = _Computer(Path(folder), run == "1")
        cases = pickle.loads(Path(given).read_bytes())
        Path(made).write_bytes(pickle.dumps([computer.outcome(case) for case in cases]))


class _Computer:
    """Kernels of the present process, from now on."""

    def __init__(self, folder: Path, runs: bool) -> None:
        import llvmlite.binding as llvm
        from numba.core.codegen import JITCodeLibrary

        from microinfer.kernels._jit import Kernel

        from .byte_layers import FAMILIES

        self.folder, self.runs = folder, runs
        self.failures: list[str] = []
        self.counts: dict[str, Counter[str]] = {}
        translates()
        self.machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
            cpu="generic", features="+neon,+dotprod", opt=3, reloc="pic"
        )
        # this process's own engine has no such instructions, and is not asked for code
        JITCodeLibrary._finalize_specific = lambda _: None
        native = Kernel._make

        def make(kernel: Any) -> None:
            if kernel.name.partition(".")[0] in FAMILIES:
                program = self.translated(kernel)
                kernel._entry = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(partial(self.call, kernel, program))
            else:
                native(kernel)

        Kernel._make = make  # type: ignore[method-assign]

    def translated(self, kernel: Any) -> Path:
        """Compiled for Arm, with what calls it: a program, where it is to be run."""
        import llvmlite.binding as llvm

        from microinfer.kernels._compiler import _module

        text = str(_module(kernel)[0])
        text = re.sub(r"target triple = .*", f'target triple = "{TRIPLE}"', text)
        text = re.sub(r"target datalayout = .*", f'target datalayout = "{self.machine.target_data}"', text)
        module = llvm.parse_assembly(text)
        self.counts[kernel.name] = Counter(re.findall(r"^\t(\w+)", self.machine.emit_assembly(module), re.M))
        program = self.folder / kernel.symbol
        if self.runs:
            code = program.with_suffix(".o")
            code.write_bytes(self.machine.emit_object(module))
            command = [COMPILER, "-O1", "-static", f'-DSYMBOL="{kernel.symbol}"', str(CALL), str(code)]
            subprocess.run([*command, "-o", str(program)], check=True)
        return program

    def call(self, kernel: Any, program: Path, address: int) -> None:
        """What the kernel's entry does here: of arrays, what QEMU's copy of them then has otherwise."""
        try:
            self._call(kernel, program, address)
        except Exception as error:  # nobody is above a callback
            self.failures.append(f"{kernel.name}: {error!r}")

    def _call(self, kernel: Any, program: Path, address: int) -> None:
        arrays: list[tuple[int, Any]] = []
        count = 0
        for argument in kernel.arguments:
            if argument.dimensions is None:
                count += 1
                continue
            elements, item, data = (ctypes.c_int64 * 3).from_address(address + WORD * (count + 2))
            memory = np.frombuffer((ctypes.c_uint8 * (elements * item)).from_address(data), np.uint8)
            arrays.append((count + 4, memory))
            count += 5 + 2 * argument.dimensions
        words = ctypes.string_at(address, WORD * count)
        places, before, size = b"", b"", 0
        for word, memory in arrays:
            places += struct.pack("<qq", word, size)
            before += memory.tobytes().ljust(-(-len(memory) // LINE) * LINE, b"\0")
            size = len(before)
        sent = struct.pack("<qqq", count, len(arrays), size) + words + places + before
        after = subprocess.run(
            [str(emulator()), "-cpu", "max", str(program)], input=sent, capture_output=True, check=True
        ).stdout
        at = 0
        for _, memory in arrays:
            was, found = (np.frombuffer(x, np.uint8, len(memory), at) for x in (before, after))
            np.copyto(memory, found, where=found != was)
            at += -(-len(memory) // LINE) * LINE

    def outcome(self, case: Case) -> Outcome:
        from .byte_layers import evaluate

        found = evaluate(case, self.runs)
        assert not self.failures, self.failures
        found.kernels = {name: self.counts[name] for name in found.kernels}
        return found
