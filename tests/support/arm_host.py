"""Models on a 64-bit Arm computer that sums products of bytes: such kernels are run by QEMU, the rest here.

A program, because what the processor has is asked when kernels are imported. It reads a pickled list of
`Case` from a file and writes, to another, a list of `Outcome`. Where `run` is not asked for, kernels are
bound and translated only.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

TRIPLE = "aarch64-unknown-linux-gnu"
COMPILER = "aarch64-linux-gnu-gcc"
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
EMULATED = ("dot_", "byte_sums")
CALL = Path(__file__).with_name("kernel_call.c")
WORD, LINE = 8, 64

__all__ = ["Case", "Outcome", "run_models", "translates", "unable"]


@dataclass(frozen=True)
class Case:
    """A model and its inputs; `tile`: pixels and blocks of every convolution, None for what is chosen."""

    model: bytes
    inputs: list[Any]
    tile: tuple[int, int] | None = None


@dataclass
class Outcome:
    """Outputs, and for each kernel that QEMU ran, or that was translated, its instructions' counts."""

    outputs: list[Any] = field(default_factory=list)
    kernels: dict[str, Counter[str]] = field(default_factory=dict)


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


def run_models(cases: list[Case], folder: Path, *, run: bool = True) -> list[Outcome]:
    """In a process of their own."""
    given, made = folder / "cases", folder / "outcomes"
    given.write_bytes(pickle.dumps(cases))
    program = "import sys; from support.arm_host import main; main(*sys.argv[1:])"
    tests = str(Path(__file__).parents[1])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r}); {program}"]
    command += [str(given), str(made), str(int(run))]
    environment = {**os.environ, "MICROINFER_CACHE_DIR": str(folder / "cache")}
    environment.pop("MICROINFER_VECTORS", None)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert not done.stderr, done.stderr[-3000:]
    assert done.returncode == 0, done.stderr[-3000:]
    outcomes: list[Outcome] = pickle.loads(made.read_bytes())
    return outcomes


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

        self.folder, self.runs = folder, runs
        self.failures: list[str] = []
        self.now = Outcome()
        self.counts: dict[str, Counter[str]] = {}
        translates()
        self.machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
            cpu="generic", features="+neon,+dotprod", opt=3, reloc="pic"
        )
        # this process's own engine has no such instructions, and is not asked for code
        JITCodeLibrary._finalize_specific = lambda _: None
        native = Kernel._make

        def make(kernel: Any) -> None:
            if kernel.name.startswith(EMULATED):
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
        else:
            self.now.kernels[kernel.name] = self.counts[kernel.name]
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
        self.now.kernels[kernel.name] = self.counts[kernel.name]

    def outcome(self, case: Case) -> Outcome:
        from microinfer.kernels import dot_conv_2d

        from .oracle import Interpreter

        self.now = found = Outcome()
        chosen = dot_conv_2d.tile_shape
        if case.tile is not None:
            dot_conv_2d.tile_shape = lambda *_: dot_conv_2d.Tile(*case.tile)  # type: ignore[misc]
        interpreter = Interpreter(case.model)
        dot_conv_2d.tile_shape = chosen
        if self.runs:
            for detail, value in zip(interpreter.get_input_details(), case.inputs, strict=True):
                interpreter.set_tensor(detail["index"], value)
            interpreter.invoke()
            details = interpreter.get_output_details()
            found.outputs = [interpreter.get_tensor(detail["index"]) for detail in details]
        assert not self.failures, self.failures
        return found
