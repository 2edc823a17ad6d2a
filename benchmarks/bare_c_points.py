"""Points of bare-c's kernels of other types: models of several operators, their cycles by data pattern."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from avr_points import AVR, MARK_BYTES, RETURN_BYTES
from bare_c_data import PATTERNS, inputs_of
from bare_c_families import model, seeds_of
from microinfer import Interpreter
from microinfer.exports.bare_c import BODIES, lower, write
from microinfer.libraries.library import kernel_library
from simavr import Toolchain

__all__ = ["DATA", "NUMBERS", "Measured", "counted", "digest", "measure", "opened", "read", "store"]

DATA = Path(__file__).parent / "data" / "avr_families.jsonl.gz"
NUMBERS = 9
"""Models a family."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A model, drawn of `seeds`. `cycles`: by pattern, of each operator. `symbols` and `rest` as of an
    `avr_points.Point`; `calls`: the bytes of model_invoke without its marks."""

    family: str
    number: int
    seeds: Sequence[int]
    level: str
    made_with: str
    cycles: Sequence[Sequence[int]]
    stack: int
    symbols: Mapping[str, int]
    rest: int
    calls: int


def opened(family: str, number: int, seeds: Sequence[int]) -> Interpreter:
    data = model(family, number, tuple(seeds))
    assert data is not None
    return Interpreter(data, "atmega328p", library="bare-c")


def counted(point: Measured) -> Sequence[Mapping[str, float]]:
    """Events of each operator."""
    found = []
    for step in opened(point.family, point.number, point.seeds).steps:
        events = kernel_library("bare-c").count(step.name, step.geometry, AVR)
        assert events is not None, step.name
        found.append({name: float(times) for name, times in events.items()})
    return found


def digest(tool: Toolchain, family: str, number: int, seeds: Sequence[int]) -> str:
    """Of the model, the compiler, and the compiled files that its kernels are in."""
    made = opened(family, number, seeds)
    calls = [call for item in lower(made.model, made.steps, made.plan) for call in item.calls]
    names = {Path(name).stem for name in (*BODIES, *(call.source for call in calls))}
    found = hashlib.sha256(tool.compiler.encode() + (model(family, number, tuple(seeds)) or b""))
    for path in tool.objects:
        if path.stem in names:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def measure(tools: Sequence[Toolchain], family: str, number: int, folder: Path) -> list[Measured]:
    """A point at each level."""
    seeds = seeds_of(family, number)
    interpreter = opened(family, number, seeds)
    streams = [inputs_of(interpreter, family, number, pattern) for pattern in range(PATTERNS)]
    for detail, value in zip(interpreter.get_input_details(), streams[0], strict=True):
        interpreter.set_tensor(detail["index"], value)
    made = write(interpreter, folder, force=True)
    steps = len(interpreter.steps)
    constant = re.compile("|".join(sorted({rf"{step.name.lower()}_\d" for step in interpreter.steps})))
    found = []
    for tool in tools:
        firmware = tool.build(folder)
        ran = firmware.run(b"".join(value.tobytes() for each in streams for value in each))
        symbols = {name: size for name, size in firmware.symbols.items() if not constant.search(name)}
        kept = {name: size for name, size in symbols.items() if not name.startswith("model_")}
        rest = firmware.text + firmware.data - made.constant_bytes - sum(symbols.values())
        calls = firmware.symbols["model_invoke"] - RETURN_BYTES - MARK_BYTES * (steps + 1)
        found.append(
            Measured(
                family,
                number,
                seeds,
                tool.optimise,
                digest(tool, family, number, seeds),
                ran.operators,
                ran.stack_bytes,
                kept,
                rest,
                calls,
            )
        )
    return found


def read(path: Path = DATA) -> list[Measured]:
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [Measured(**json.loads(line)) for line in file]


def store(points: Sequence[Measured], path: Path = DATA, mode: str = "at") -> None:
    """Each time a whole gzip member, so that a run that is interrupted leaves a readable file."""
    with gzip.open(path, mode, encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(point)) + "\n" for point in points)
