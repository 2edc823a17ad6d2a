"""Compilers and machines for exported projects: this computer, an ATmega328P on simavr, QEMU's Cortex-M4.

Kernels are compiled once for each; a model adds three small files and a link.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import microinfer.kernels
from microinfer import Interpreter
from microinfer.exports.bare_c import export

KERNELS = Path(microinfer.kernels.__path__[0])
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-std=c99")

__all__ = [
    "ARM_FLAGS",
    "KERNELS",
    "Compiler",
    "emulate",
    "exported",
    "host",
    "random_inputs",
    "run",
    "simavr",
    "stream",
]

HOST_FLAGS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ARM_FLAGS = ("-O2", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")
SECTIONS = ("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections")


def simavr() -> Any:
    """The package benchmarks/simavr, or a skip that says what is not installed."""
    if not BENCHMARKS.is_dir():
        pytest.skip("benchmarks/simavr is not beside the tests")
    if str(BENCHMARKS) not in sys.path:
        sys.path.insert(0, str(BENCHMARKS))
    import simavr as package

    if (lacking := package.missing()) is not None:
        pytest.skip(lacking)
    return package


def run(command: list[str], **extra: Any) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, **extra)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr.decode()[-3000:]}"
    output: bytes = done.stdout
    return output


class Compiler:
    """gcc for this computer or a bare Arm: kernels as objects, then a project in one command."""

    def __init__(self, folder: Path, program: str, *flags: str) -> None:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        self.command = [program, *WARNINGS, *flags]
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.objects = []
        for source in sorted(KERNELS.glob("*.c")):
            self.objects.append(str(folder / f"{source.stem}.o"))
            run([*self.command, "-ffunction-sections", "-c", str(source), "-o", self.objects[-1]])

    def build(self, project: Path, *flags: str) -> Path:
        target = project / f"{self.folder.name}.elf"
        sources = [str(project / name) for name in ("src/model.c", "src/golden.c", "test/main.c")]
        include = f"-I{project / 'src'}"
        run([*self.command, *flags, *SECTIONS, include, *sources, *self.objects, "-o", str(target), "-lm"])
        return target


def host(folder: Path) -> Compiler:
    """This computer's gcc with the address and undefined-behaviour sanitizers."""
    return Compiler(folder, "gcc", *HOST_FLAGS)


def random_inputs(model: bytes, rng: np.random.Generator, count: int = 3) -> list[list[NDArray[Any]]]:
    """`count` times an array an input, of the whole range."""
    interpreter = Interpreter(model, "atmega328p")
    found = []
    for _ in range(count):
        values = []
        for detail in interpreter.get_input_details():
            shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
            if dtype.kind == "b":
                values.append(rng.integers(0, 2, shape).astype(dtype))
            elif dtype.kind == "f":
                values.append((rng.standard_normal(shape) * 3).astype(dtype))
            else:
                limits = np.iinfo(dtype)
                values.append(rng.integers(limits.min, limits.max, shape, dtype, endpoint=True))
        found.append(values)
    return found


def emulate(model: bytes, inputs: list[list[NDArray[Any]]], release: str | None = None) -> bytes:
    """All outputs of all runs, end to end."""
    interpreter = Interpreter(model, "atmega328p", release=release)
    outputs = b""
    for values in inputs:
        for detail, value in zip(interpreter.get_input_details(), values, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        for detail in interpreter.get_output_details():
            outputs += interpreter.get_tensor(detail["index"]).tobytes()
    return outputs


def stream(inputs: list[list[NDArray[Any]]]) -> bytes:
    return b"".join(value.tobytes() for values in inputs for value in values)


def exported(model: bytes, folder: Path) -> Path:
    export(model, folder, profile="atmega328p")
    return folder
