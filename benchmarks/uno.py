"""Runs the zoo's digits on a simulated Arduino Uno, sample by sample, and sets what was said beside it.

    python benchmarks/uno.py

The firmware is what `microinfer export digits -p arduino-uno` writes. Needs avr-gcc and simavr, which counts
an ATmega328P's cycles exactly.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import microinfer.kernels
from microinfer import Interpreter, load_profile, zoo
from microinfer.deploy.verdict import MemoryReport, judge_memory
from microinfer.exports.bare_c import export
from microinfer.timing.energy import Span, inference_energy, inference_time
from microinfer.timing.prices import estimate
from simavr import Toolchain, missing

__all__ = ["main"]

MODEL, PROFILE = "digits", "arduino-uno"


def main() -> int:
    if (lacking := missing()) is not None:
        print(f"cannot simulate: {lacking}", file=sys.stderr)
        return 2
    samples, labels = zoo.samples(MODEL)
    profile = load_profile(PROFILE)
    interpreter = Interpreter(zoo.load(MODEL), profile)
    emulated = interpreter.run_batch(samples)
    plan = interpreter.plan
    memory = judge_memory(interpreter.model, plan, profile, plan.min_arena_bytes, interpreter.steps)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export(zoo.load(MODEL), folder / MODEL, profile=PROFILE)
        tools = Toolchain(folder / "kernels", Path(microinfer.kernels.__path__[0]))
        firmware = tools.build(folder / MODEL, marks=False)
        ran = firmware.run(np.ascontiguousarray(samples).tobytes())
    outputs = np.frombuffer(ran.outputs, np.int8).reshape(len(samples), -1)
    equal = int((outputs == emulated.reshape(len(samples), -1)).all(axis=1).sum())
    right = int((outputs.argmax(axis=1) == labels).sum())
    print(f"{MODEL}, {len(samples)} samples: {equal} outputs equal to the bit, {right} labels right")
    seconds = [cycles / profile.clock_hz for cycles in ran.cycles]
    said = inference_time(estimate(interpreter.steps, profile, "bare-c"), profile)
    assert said is not None
    simulated = Span(sum(seconds) / len(seconds), min(seconds), max(seconds))
    sizes = (firmware.text + firmware.data, firmware.bss + firmware.data, ran.stack_bytes)
    _print([said, simulated], memory, sizes)
    return 0 if equal == len(samples) else 1


def _print(times: Sequence[Span], memory: MemoryReport, simulated: tuple[int, int, int]) -> None:
    rows = [
        ("", "said", "simulated"),
        ("time", *(_interval(time.scaled(1e3), "ms") for time in times)),
        ("energy", *(_interval(_microjoules(time), "µJ") for time in times)),
    ]
    said = memory.flash_bytes, memory.min_arena_bytes, memory.stack_bytes
    for what, first, second in zip(("flash", "arena", "stack"), said, simulated, strict=True):
        rows.append((what, f"{first:,} bytes", f"{second:,} bytes"))
    for what, first, second in rows:
        print(f"{what:8}{first:28}{second}")


def _interval(figure: Span, unit: str) -> str:
    return f"{figure.typical:,.4g} {unit} ({figure.low:,.4g} to {figure.high:,.4g})"


def _microjoules(seconds: Span) -> Span:
    energy = inference_energy(seconds, load_profile(PROFILE))
    assert energy is not None
    return energy.microjoules


if __name__ == "__main__":
    sys.exit(main())
