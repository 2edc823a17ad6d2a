"""The zoo's trained models on a simulated ATmega328P: cycles, flash, arena and stack, said and measured.

`benchmarks/accuracy.py` prints it as a section of its page. Needs avr-gcc and simavr.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import microinfer.kernels
from bare_c_families import FAMILIES
from microinfer import Interpreter, check, load_profile, zoo
from microinfer.deploy.verdict import judge_memory
from microinfer.exports.bare_c import export
from microinfer.timing.prices import estimate, load_costs, total
from simavr import Toolchain, missing

__all__ = ["rows", "worst_errors"]

PROFILE = "atmega328p"
HEAD = ("network", "what", "predicted", "interval", "simulated", "error")


def rows() -> Iterator[tuple[str, ...]]:
    """`HEAD`'s columns; nothing where the tools are not installed."""
    if missing() is not None:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools = Toolchain(folder / "kernels", Path(microinfer.kernels.__path__[0]))
        for model in (name for name in zoo.names() if zoo.describe(name).trained and _fits(name)):
            yield from _model(model, folder / model, tools)


def _fits(name: str) -> bool:
    return zoo.samples(name)[0].dtype == "int8" and check(name, PROFILE, config=False).verdict == "yes"


def _model(name: str, folder: Path, tools: Toolchain) -> Iterator[tuple[str, ...]]:
    data, sample, profile = zoo.load(name), zoo.sample(name), load_profile(PROFILE)
    interpreter = Interpreter(data, profile)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample)
    interpreter.invoke(record=True)
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    said = total(estimate(interpreter.steps, profile, "bare-c", interpreter.recorded_branches))
    memory = judge_memory(interpreter.model, interpreter.plan, profile, interpreter.plan.min_arena_bytes)
    export(data, folder, inputs=[sample])
    firmware = tools.build(folder, marks=False)
    run = firmware.run(np.ascontiguousarray(sample).tobytes())
    assert run.outputs == output.tobytes(), f"{name}: the simulated ATmega328P has other bits"
    interval = f"{said.cycles_low:,} to {said.cycles_high:,}"
    yield (
        name,
        "cycles",
        f"{said.cycles:,}",
        interval,
        f"{run.cycles[0]:,}",
        _error(said.cycles, run.cycles[0]),
    )
    for what, predicted, measured in (
        ("flash", memory.flash_bytes, firmware.text + firmware.data),
        ("arena", memory.min_arena_bytes, firmware.data + firmware.bss),
        ("stack", memory.stack_bytes, run.stack_bytes),
    ):
        if predicted is not None:
            yield name, what, f"{predicted:,}", "", f"{measured:,}", _error(predicted, measured)


def _error(predicted: int, measured: int) -> str:
    return "exact" if predicted == measured else f"{predicted / measured - 1:+.1%}"


def worst_errors() -> tuple[int, float, float]:
    """Operators of int8 with a price; the largest median and 95th percentile of their held-out errors.

    What kernels of other types take hangs on the data, which their intervals hold.
    """
    others = {row for family in FAMILIES.values() for row in family.rows}
    listed = load_costs("bare-c", "avr").prices
    prices = [price for row, price in listed.items() if row not in others and not price.provisional]
    return len(prices), max(p.median for p in prices), max(p.p95 for p in prices)
