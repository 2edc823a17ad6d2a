"""A layer that learns on a simulated ATmega328P: what it predicts, its weights at the end, and its cycles."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microinfer.learning.learner_source import learner_files
from microinfer.learning.online_layer import OnlineLayer

from . import Firmware, Toolchain

__all__ = ["Learnt", "on_simavr"]

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Learnt:
    """`cycles`: of each sample, to predict and to learn."""

    predicted: NDArray[np.float32]
    weights: NDArray[np.float32]
    cycles: tuple[tuple[int, int], ...]


def on_simavr(
    layer: OnlineLayer, x: NDArray[np.int8], y: NDArray[Any], tools: Toolchain, folder: Path
) -> Learnt:
    """The layer learns from samples, int8 of [samples, inputs], and their classes or numbers."""
    for name, text in learner_files(layer).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    target = folder / f"learner{tools.optimise}.elf"
    own = [path for path in tools.objects if path.stem == "online_layer"]
    command = [*tools.command, f"-I{folder / 'src'}", str(HERE / "learner.c"), str(folder / "src/learner.c")]
    subprocess.run([*command, "-Wl,--gc-sections", *map(str, own), "-o", str(target)], check=True)
    right = y.astype(np.uint16 if layer.geometry.classes else np.float32)
    stream = b"".join(row.tobytes() + one.tobytes() for row, one in zip(x, right, strict=True))
    ran = Firmware(target, 0, 0, 0, tools.harness).run(stream)
    numbers = np.frombuffer(ran.outputs, np.float32)
    g = layer.geometry
    cycles = tuple((spans[0], spans[2]) for spans in ran.operators)
    return Learnt(
        numbers[: -g.weights].reshape(len(x), g.outputs), numbers[-g.weights :].reshape(g.outputs, -1), cycles
    )
