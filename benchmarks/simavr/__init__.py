"""Firmware of exported models on simavr: exact cycles by operator, outputs, stack and code size.

Needs avr-gcc, avr-libc and libsimavr with its headers; the harness in C is built on first use.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

__all__ = ["Firmware", "Run", "Toolchain", "missing"]

HERE = Path(__file__).resolve().parent
MARK_CYCLES = 2
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-std=c99")
SECTIONS = ("-ffunction-sections", "-fdata-sections")
BEGIN, END = 254, 255


def missing() -> str | None:
    """What is not installed of what is needed, or None."""
    for program in ("avr-gcc", "avr-size", "avr-nm", "gcc"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if not any(
        Path(folder, "simavr/sim_avr.h").exists() for folder in ("/usr/include", "/usr/local/include")
    ):
        return "libsimavr's headers are not installed"
    return None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the firmware over a stream of inputs.

    `cycles`: of each model_invoke, marks deducted. `operators`: for each of them, of every operator.
    `stack_bytes`: from the end of SRAM to the lowest byte that was touched.
    """

    outputs: bytes
    cycles: tuple[int, ...]
    operators: tuple[tuple[int, ...], ...]
    stack_bytes: int


@dataclass(frozen=True, slots=True)
class Firmware:
    """A linked firmware. `text`, `data`, `bss` as avr-size counts them; `symbols`: functions by size."""

    path: Path
    text: int
    data: int
    bss: int
    harness: Path
    part: str = "atmega328p"

    @property
    def symbols(self) -> Mapping[str, int]:
        listed = _output(["avr-nm", "-S", "--defined-only", str(self.path)])
        found = re.findall(r"^\S+ (\S+) [tTwW] (\S+)$", listed, re.MULTILINE)
        return {name: int(size, 16) for size, name in found}

    def run(self, inputs: bytes, limit: int = 4_000_000_000) -> Run:
        """Feeds the inputs, back to back, and runs until they are used up.

        Raises:
            RuntimeError: the firmware crashed, or ran for more than `limit` cycles.
        """
        first = re.search(r"^(\S+) \S _end$", _output(["avr-nm", str(self.path)]), re.MULTILINE)
        assert first is not None
        command = [str(self.harness), str(self.path), f"0x{first[1]}", str(limit), self.part]
        done = subprocess.run(command, input=inputs, capture_output=True, check=False)
        text = done.stdout.decode()
        if done.returncode:
            raise RuntimeError(f"{self.path}: {text[-200:]} {done.stderr.decode()[-500:]}")
        marks = [(int(value), int(cycle)) for value, cycle in re.findall(r"^mark (\d+) (\d+)$", text, re.M)]
        output = re.search(r"^output ([0-9a-f]*)$", text, re.MULTILINE)
        stack = re.search(r"^stack (\d+)$", text, re.MULTILINE)
        assert output is not None
        assert stack is not None
        cycles, operators = _spans(marks)
        return Run(bytes.fromhex(output[1]), cycles, operators, int(stack[1]))


def _spans(marks: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Cycles between the marks; a mark takes effect at the end of its store, the last of its two cycles."""
    cycles, operators = [], []
    steps: list[int] = []
    begin = 0
    for value, cycle in marks:
        if value == BEGIN:
            begin, steps = cycle, []
        elif value == END:
            cycles.append(cycle - begin - MARK_CYCLES * (1 + len(steps)))
            operators.append(tuple(b - a - MARK_CYCLES for a, b in pairwise(steps)))
        else:
            steps.append(cycle)
    return tuple(cycles), tuple(operators)


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def _compile(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr}")


class Toolchain:
    """avr-gcc with one optimisation level, for one part. Kernels are compiled once into `folder`."""

    def __init__(
        self,
        folder: Path,
        kernels: Path,
        optimise: str = "-O2",
        compiler: str = "avr-gcc",
        part: str = "atmega328p",
    ) -> None:
        self.folder = folder
        self.kernels = kernels
        self.part = part
        self.command = [compiler, f"-mmcu={part}", optimise, *WARNINGS, *SECTIONS]
        self.optimise = optimise
        folder.mkdir(parents=True, exist_ok=True)
        self.harness = folder / "harness"
        if not self.harness.exists():
            source = str(HERE / "harness.c")
            _compile(["gcc", "-O2", "-std=gnu99", source, "-lsimavr", "-o", str(self.harness)])
        self.objects = [self._object(path) for path in sorted(kernels.glob("*.c"))]

    @property
    def compiler(self) -> str:
        return _output([self.command[0], "--version"]).splitlines()[0]

    @property
    def flags(self) -> str:
        return " ".join(self.command[1:])

    def _object(self, source: Path) -> Path:
        target = self.folder / f"{source.stem}.o"
        if not target.exists() or target.stat().st_mtime < max(
            path.stat().st_mtime for path in (source, *self.kernels.glob("*.h"))
        ):
            _compile([*self.command, "-c", str(source), "-o", str(target)])
        return target

    def build(self, project: Path, marks: bool = True) -> Firmware:
        """The firmware of an exported project, with this folder's kernels and the harness' main."""
        target = project / f"simavr{self.optimise}{'' if marks else '-plain'}.elf"
        include = ["-include", str(HERE / "marks.h")] if marks else []
        model = project / "simavr-model.o"
        common = [*self.command, f"-I{project / 'src'}", f"-I{self.kernels}"]
        _compile([*common, *include, "-c", str(project / "src/model.c"), "-o", str(model)])
        sources = [str(HERE / "main.c"), str(model), *map(str, self.objects)]
        _compile([*common, "-Wl,--gc-sections", *sources, "-o", str(target)])
        sizes = _output(["avr-size", str(target)]).splitlines()[1].split()
        return Firmware(target, int(sizes[0]), int(sizes[1]), int(sizes[2]), self.harness, self.part)
