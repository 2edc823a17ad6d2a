"""Points of the calibration on an ATmega328P: what one operator took on simavr, measured and stored."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import microinfer.kernels
from avr_shapes import model
from microinfer import Interpreter
from microinfer.exports.bare_c import BODIES, lower, write
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core
from microinfer.run.record import observe
from simavr import Toolchain

DATA = Path(__file__).parent / "data" / "avr_points.jsonl.gz"
SOURCES = Path(microinfer.kernels.__path__[0])
AVR = load_core("avr")
RETURN_BYTES, MARK_BYTES = 2, 4
ZEROS = 0.05
"""Of the floats; software divides them quicker."""


@dataclass(frozen=True, slots=True)
class Point:
    """One operator measured. `symbols`: the program's functions and their bytes; `rest`: the other bytes of
    .text that are not the model's constants."""

    kernel: str
    number: int
    level: str
    made_with: str
    events: Mapping[str, float]
    cycles: int
    stack: int
    symbols: Mapping[str, int]
    rest: int


def digests(tools: Sequence[Toolchain], kernel: str, number: int) -> dict[str, str]:
    """By level: of the model, the compiler, and the compiled files that its kernels are in."""
    data = model(kernel, number)
    interpreter = Interpreter(data, "atmega328p")
    calls = [
        call for item in lower(interpreter.model, interpreter.steps, interpreter.plan) for call in item.calls
    ]
    names = {Path(name).stem for name in (*BODIES, *(call.source for call in calls))}
    made = {}
    for tool in tools:
        found = hashlib.sha256(tool.compiler.encode() + data)
        for path in tool.objects:
            if path.stem in names:
                found.update(_contents(path))
        made[tool.optimise] = found.hexdigest()[:16]
    return made


@cache
def _contents(path: Path) -> bytes:
    return path.read_bytes()


def counted(kernel: str, number: int) -> Mapping[str, float]:
    """Events of a point; its model is run only where they depend on the data."""
    interpreter = Interpreter(model(kernel, number), "atmega328p", preserve_all_tensors=True)
    (step,) = interpreter.steps
    events = kernel_library("bare-c").count(kernel, step.geometry, AVR)
    if events is None:
        run(interpreter, number)
        arrays = [
            [interpreter.get_tensor(t.index) if t else None for t in side]
            for side in (step.node.inputs, step.node.outputs)
        ]
        events = kernel_library("bare-c").count(kernel, step.geometry, AVR, observe(step, *arrays))
    assert events is not None
    return {name: float(times) for name, times in events.items()}


def run(interpreter: Interpreter, seed: int) -> list[NDArray[Any]]:
    """Random inputs, of which there are outputs now."""
    rng = np.random.default_rng(seed)
    inputs = []
    for detail in interpreter.get_input_details():
        shape, kind = tuple(detail["shape"]), np.dtype(detail["dtype"])
        if kind.kind == "f":
            inputs.append((rng.standard_normal(shape) * 3).astype(kind))
            inputs[-1][rng.random(shape) < ZEROS] = 0
        else:
            limits = np.iinfo(kind)
            inputs.append(rng.integers(limits.min, limits.max, shape, kind, endpoint=True))
        interpreter.set_tensor(detail["index"], inputs[-1])
    interpreter.invoke()
    return inputs


def measure(
    tools: Sequence[Toolchain], kernel: str, number: int, made_with: Mapping[str, str], folder: Path
) -> list[Point]:
    """One point at each level. Inputs are random."""
    exporter = Interpreter(model(kernel, number), "atmega328p")
    inputs = run(exporter, number)
    for detail, value in zip(exporter.get_input_details(), inputs, strict=True):
        exporter.set_tensor(detail["index"], value)
    made = write(exporter, folder, force=True)
    points = []
    events = counted(kernel, number)
    for tool in tools:
        firmware = tool.build(folder)
        ran = firmware.run(b"".join(value.tobytes() for value in inputs))
        symbols = dict(firmware.symbols)
        # Constants of the model are symbols of its own; a mark takes four bytes.
        constants = [name for name in symbols if f"{kernel.lower()}_0" in name]
        own = [name for name in symbols if name.startswith("model_")]
        calls = symbols["model_invoke"] - RETURN_BYTES - MARK_BYTES * 2
        rest = firmware.text + firmware.data - made.constant_bytes
        rest -= sum(size for name, size in symbols.items() if name not in constants)
        kept = {name: size for name, size in symbols.items() if name not in constants and name not in own}
        points.append(
            Point(
                kernel,
                number,
                tool.optimise,
                made_with[tool.optimise],
                events,
                ran.operators[0][0],
                ran.stack_bytes,
                {**kept, "model_invoke": calls},
                rest,
            )
        )
    return points


def read(path: Path) -> list[Point]:
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [Point(**{"events": {}, **json.loads(line)}) for line in file]


def append(path: Path, points: Sequence[Point], mode: str = "at") -> None:
    """Each time a whole gzip member, so that a run that is interrupted leaves a readable file."""
    with gzip.open(path, mode, encoding="utf-8") as file:
        stored = [{key: value for key, value in asdict(point).items() if key != "events"} for point in points]
        file.writelines(json.dumps(point) + "\n" for point in stored)
