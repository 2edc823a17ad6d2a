"""Exported models on a Cortex-M under QEMU: cycles by operator, of instructions that were counted.

Needs arm-none-eabi-gcc with newlib, qemu-system-arm with plugins, and gcc for the plugin. A block of
instructions takes what the core's timing table says, wherever it lies: memory without wait states.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .timing import Instruction, timed

__all__ = ["CORES", "Toolchain", "missing"]

HERE = Path(__file__).resolve().parent
CORES: Mapping[str, tuple[str, ...]] = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus", "-mfloat-abi=soft"),
    "cortex-m3": ("-mcpu=cortex-m3", "-mfloat-abi=soft"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
}
BOARDS = {"cortex-m33": ("mps2-an500", 0x60000000)}
"""By core, QEMU's board that runs its code, and where memory for inputs is; else those of a Cortex-M4."""
USUAL = ("mps2-an386", 0x21000000)
FLAGS = ("-mthumb", "-std=c99", "-ffunction-sections", "-fdata-sections", "-fno-unwind-tables", "-w")
MARK_CYCLES = 3
"""Of the call of the function that marks; its own are not counted."""
_CODE = re.compile(r"^\s*([0-9a-f]+):\t(\S+)(?:\t(.*))?$", re.MULTILINE)


def missing() -> str | None:
    """What is not installed of what is needed, or None."""
    for program in ("arm-none-eabi-gcc", "arm-none-eabi-objdump", "qemu-system-arm", "gcc"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    return None


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Program:
    """A linked program: the address of the function that marks, and its instructions in order."""

    path: Path
    mark: int
    addresses: Sequence[int]
    instructions: Sequence[Instruction]

    def cycles(self, begin: int, count: int) -> tuple[int, int]:
        """Of a block of instructions, and what its last one takes more where it branches."""
        total, loaded = 0, False
        at = bisect_left(self.addresses, begin)
        for instruction in self.instructions[at : at + count]:
            total += 1 if instruction.load and loaded else instruction.cycles
            loaded = instruction.load or instruction.loads_many
        return total, self.instructions[at + count - 1].taken


class Toolchain:
    """One core and level. Kernels are compiled once into `folder`."""

    def __init__(self, folder: Path, kernels: Path, core: str, level: str = "-O2") -> None:
        self.folder, self.core, self.level = folder, core, level
        self.command = ["arm-none-eabi-gcc", *CORES[core], *FLAGS, level, f"-I{kernels}"]
        self.board, self.base = BOARDS.get(core, USUAL)
        folder.mkdir(parents=True, exist_ok=True)
        self.plugin = folder / "blocks.so"
        _run("gcc", "-O2", "-shared", "-fPIC", HERE / "blocks.c", "-o", self.plugin)
        self.objects = [folder / "start.o"]
        _run(*self.command, f"-DINPUTS={self.base:#x}", "-c", HERE / "start.c", "-o", self.objects[0])
        for source in sorted(kernels.glob("*.c")):
            self.objects.append(folder / f"{source.stem}.o")
            _run(*self.command, "-c", source, "-o", self.objects[-1])

    @property
    def compiler(self) -> str:
        return _run(self.command[0], "--version").splitlines()[0]

    def build(self, project: Path, inputs: int) -> Program:
        """Of an exported project with so many inputs."""
        feed, elf = project / "feed.c", project / "counted.elf"
        copies = "".join(
            f"memcpy(model_input_{i}(), at, MODEL_INPUT_{i}_BYTES); at += MODEL_INPUT_{i}_BYTES;\n"
            for i in range(inputs)
        )
        feed.write_text(
            '#include <string.h>\n#include "model.h"\n'
            f"const uint8_t *feed(const uint8_t *at) {{\n{copies}return at;\n}}\n",
            "utf-8",
        )
        model = project / "counted-model.o"
        include = f"-I{project / 'src'}"
        _run(*self.command, include, "-include", HERE / "marks.h", "-c", project / "src/model.c", "-o", model)
        linked = ("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", f"-T{HERE / 'layout.ld'}")
        _run(
            *self.command, include, *linked, feed, model, *self.objects, "-Wl,--gc-sections", "-lm", "-o", elf
        )
        return self._opened(elf)

    def _opened(self, elf: Path) -> Program:
        listing = _run("arm-none-eabi-objdump", "-d", "--no-show-raw-insn", elf)
        found = _CODE.findall(listing)
        mark = re.search(r"^([0-9a-f]+) <mark>:$", listing, re.MULTILINE)
        assert mark is not None
        known = cache(lambda mnemonic, operands: timed(self.core, mnemonic, operands))
        instructions = [known(name, re.split("[;@]", operands)[0].strip()) for _, name, operands in found]
        return Program(elf, int(mark[1], 16), [int(at, 16) for at, *_ in found], instructions)

    def run(
        self, program: Program, operators: int, inputs: Sequence[Sequence[NDArray[Any]]]
    ) -> list[list[int]]:
        """Cycles of each operator, for each set of inputs."""
        blob, out = program.path.with_suffix(".bin"), program.path.with_suffix(".blocks")
        data = b"".join(value.tobytes() for each in inputs for value in each)
        blob.write_bytes(len(inputs).to_bytes(4, "little") + data)
        command = ("qemu-system-arm", "-M", self.board, "-nographic", "-monitor", "none", "-serial", "null")
        loads = ("-device", f"loader,file={blob},addr={self.base:#x},force-raw=on", "-kernel", program.path)
        semihosting = ("-semihosting-config", "enable=on,target=native")
        _run(*command, *semihosting, *loads, "-plugin", f"{self.plugin},mark={program.mark},out={out}")
        known = cache(program.cycles)
        spans: list[int] = []
        for line in out.read_text("utf-8").splitlines():
            if line == "S":
                spans.append(-MARK_CYCLES)
                continue
            begin, _, count, times, through = line.split()
            took, taken = known(int(begin, 16), int(count))
            spans[-1] += took * int(times) + taken * (int(times) - int(through))
        assert len(spans) == len(inputs) * (operators + 1), (len(spans), operators)
        whole = operators + 1
        return [spans[at + 1 : at + whole] for at in range(0, len(spans), whole)]
