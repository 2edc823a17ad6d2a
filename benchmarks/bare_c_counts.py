"""bare-c's kernels on Cortex-M: models of many operators of a kind, and their cycles under QEMU."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from avr_draws import TooLargeError
from avr_points import AVR
from avr_shapes import KERNELS
from bare_c_data import PATTERNS, inputs_of
from bare_c_families import FAMILIES
from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.errors import MicroinferError
from microinfer.exports.bare_c import BODIES, lower, write
from microinfer.libraries.bare_c.call import Lowered
from microinfer.libraries.library import kernel_library
from microinfer.run.record import observe
from qemu import Toolchain

__all__ = ["COUNTS", "KINDS", "Counted", "counted", "digest", "measure", "read", "store"]

COUNTS = Path(__file__).parent / "data" / "bare_c_cortex_m.jsonl.gz"
OPERATORS = 40
"""Of a model."""
KINDS = (*KERNELS, *FAMILIES)
TRIES = 400
FOLDED = ("SHAPE",)
"""What hangs on shapes alone, and is in a program only where it is an output."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A model on a core, drawn of `seeds`. `cycles`: by pattern, of each operator."""

    kind: str
    seeds: Sequence[int]
    core: str
    level: str
    made_with: str
    compiler: str
    cycles: Sequence[Sequence[int]]


@cache
def seeds_of(kind: str) -> tuple[int, ...]:
    """Of the operators of a kind's model: those draws of which bare-c has the kernel."""
    seeds: list[int] = []
    for seed in range(TRIES):
        data = model(kind, (seed,))
        try:
            if data is not None and _lowered(data):
                seeds.append(seed)
        except MicroinferError:
            continue
        if len(seeds) == OPERATORS:
            break
    return tuple(seeds)


@cache
def model(kind: str, seeds: tuple[int, ...]) -> bytes | None:
    """The same for the same kind and seeds, wherever it is made; None where what is drawn cannot be."""
    draw = KERNELS[kind] if kind in KERNELS else FAMILIES[kind].draw
    b = ModelBuilder(kind.lower())
    try:
        made = [draw(b, np.random.default_rng([seed, 1 << 20, *kind.encode()])) for seed in seeds]
        for each in made if kind in FOLDED else made[-1:]:
            b.output(*(each if isinstance(each, tuple) else (each,)))
        return b.build()
    except (TooLargeError, MicroinferError, ValueError):
        return None


def _lowered(data: bytes) -> Sequence[Lowered]:
    made = Interpreter(data, "cortex-m4", library="bare-c")
    return lower(made.model, made.steps, made.plan)


@cache
def opened(kind: str, seeds: tuple[int, ...]) -> Interpreter:
    data = model(kind, seeds)
    assert data is not None
    return Interpreter(data, "cortex-m4", library="bare-c", preserve_all_tensors=True)


@cache
def counted(kind: str, seeds: tuple[int, ...], patterns: int) -> Sequence[Sequence[Mapping[str, float]]]:
    """Events of each operator by pattern; the model is run where they depend on the data."""
    library, interpreter = kernel_library("bare-c"), opened(kind, seeds)
    fixed = [library.count(step.name, step.geometry, AVR) for step in interpreter.steps]
    if None not in fixed:
        return [[dict(events or {})] * patterns for events in fixed]
    found: list[list[Mapping[str, float]]] = [[] for _ in interpreter.steps]
    for pattern in range(patterns):
        inputs = inputs_of(interpreter, kind, 0, pattern)
        for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        for step, each in zip(interpreter.steps, found, strict=True):
            arrays = [
                [interpreter.get_tensor(t.index) if t else None for t in side]
                for side in (step.node.inputs, step.node.outputs)
            ]
            events = library.count(step.name, step.geometry, AVR, observe(step, *arrays))
            assert events is not None, step.name
            each.append({name: float(times) for name, times in events.items()})
    return found


def digest(tool: Toolchain, kind: str, seeds: tuple[int, ...]) -> str:
    """Of the model, the compiler, and the compiled kernels that it calls."""
    data = model(kind, seeds)
    assert data is not None
    found = hashlib.sha256(tool.compiler.encode() + data)
    names = {Path(call.source).stem for item in _lowered(data) for call in item.calls}
    for path in tool.objects:
        if path.stem in names | {Path(name).stem for name in BODIES}:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def measure(tools: Sequence[Toolchain], kind: str, folder: Path) -> list[Counted]:
    """One entry a core."""
    seeds = seeds_of(kind)
    interpreter = opened(kind, seeds)
    streams = [inputs_of(interpreter, kind, 0, pattern) for pattern in range(PATTERNS)]
    for detail, value in zip(interpreter.get_input_details(), streams[0], strict=True):
        interpreter.set_tensor(detail["index"], value)
    write(interpreter, folder, force=True)
    found = []
    for tool in tools:
        program = tool.build(folder, len(streams[0]))
        cycles = tool.run(program, len(interpreter.steps), streams)
        made_with = digest(tool, kind, seeds)
        found.append(Counted(kind, seeds, tool.core, tool.level, made_with, tool.compiler, cycles))
    return found


def read(path: Path = COUNTS) -> list[Counted]:
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [Counted(**json.loads(line)) for line in file]


def store(points: Sequence[Counted], path: Path = COUNTS, mode: str = "at") -> None:
    """Each time a whole gzip member, so that a run that is interrupted leaves a readable file."""
    with gzip.open(path, mode, encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(point)) + "\n" for point in points)
