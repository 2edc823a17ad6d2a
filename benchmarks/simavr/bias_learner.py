"""A network whose biases learn on a simulated ATmega328P: what it predicts and has learnt, and its cycles."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from microinfer.learning.bias_learner import BiasLearner
from microinfer.learning.bias_source import write_bias_learner

from . import Firmware, Toolchain

__all__ = ["Learnt", "learns_on_simavr"]

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Learnt:
    """`cycles` of each sample: of every operator, of the layer's prediction with what the harness does,
    of the features backwards, of the layer's learning, of every operator backwards, the last one first.
    `ram_bytes`: data and bss of the firmware."""

    outputs: bytes
    cycles: tuple[tuple[int, ...], ...]
    ram_bytes: int


def learns_on_simavr(
    learner: BiasLearner, x: NDArray[np.int8], y: NDArray[np.uint16], tools: Toolchain, folder: Path
) -> Learnt:
    """The network learns from samples, as stored, and their classes."""
    write_bias_learner(learner, folder, force=True)
    target = folder / f"learner{tools.optimise}.elf"
    marked = [*tools.command, f"-I{folder / 'src'}", f"-I{tools.kernels}", "-include", str(HERE / "marks.h")]
    sources = [str(folder / "src/model.c"), str(folder / "src/learner.c"), str(HERE / "bias_learner.c")]
    subprocess.run(
        [*marked, "-Wl,--gc-sections", *sources, *map(str, tools.objects), "-o", str(target)], check=True
    )
    sizes = subprocess.run(["avr-size", str(target)], check=True, capture_output=True, text=True).stdout
    data, bss = sizes.splitlines()[1].split()[1:3]
    stream = b"".join(row.tobytes() + one.tobytes() for row, one in zip(x, y, strict=True))
    ran = Firmware(target, 0, 0, 0, tools.harness).run(stream)
    return Learnt(ran.outputs, ran.operators, int(data) + int(bss))
