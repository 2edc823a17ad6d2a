"""How time and memory grow with MACs, operators in a chain and side by side, tensor size and batch.

    python benchmarks/growth.py [--quick] [--json] [--check] [NAME ...]

Prints the fitted exponents, and where they were measured. Each quantity goes over three decades, and an
exponent is the slope of time (or of the peak of memory that Python and numpy allocate) on double
logarithmic axes over the upper two, where constant costs no longer hide it: 1 is linear. `--check` fails
above 1.15 (time; the clock has noise) or 1.05 (memory).
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from math import log
from time import process_time
from typing import Any, TypeAlias

import llvmlite.binding as llvm
import numpy as np

from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.checks import check
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import load_profile
from microinfer.reports.run_figures import make_report
from microinfer.timing.prices import estimate
from microinfer.view.arena_picture import draw_svg
from microinfer.view.html import render

Stage: TypeAlias = Callable[[], Any]

MOST_SECONDS, MOST_BYTES = 1.15, 1.05
DECADES = (1, 3, 10, 30, 100, 300, 1000)
ALLOWANCE = 0.2
LONG = 2.0
"""Seconds from which one run is enough."""


def chain(operators: int) -> bytes:
    """A residual network of 8 x 8 x 8 images with that many operators."""
    builder = ModelBuilder()
    x = y = builder.input((1, 8, 8, 8), scale=0.05)
    weights = np.random.default_rng(0).integers(-127, 128, (1, 3, 3, 8)).astype(np.int8)
    shared = builder.constant(weights, np.full(8, 0.01), np.zeros(8, int), quantized_dimension=3)
    for position in range(operators):
        if position % 3 == 2:
            x = y = builder.add(x, y, scale=0.05)
        elif position % 3 == 1:
            y = builder.relu(y, scale=0.05, zero_point=0)
        else:
            y = builder.depthwise_conv_2d(y, shared, scale=0.05)
    builder.output(y)
    return builder.build()


def branches(operators: int) -> bytes:
    """That many operators, half of them side by side: their outputs are all alive until they are summed."""
    builder = ModelBuilder()
    x = builder.input((1, 8, 8, 8), scale=0.05)
    made = [builder.relu(x, scale=0.05, zero_point=0) for _ in range(operators // 2 + 1)]
    y = made[0]
    for branch in made[1:]:
        y = builder.add(y, branch, scale=0.05)
    builder.output(y)
    return builder.build()


def convolution(macs: int) -> bytes:
    """A 3 x 3 convolution of 16 channels over as many pixels as make so many thousand MACs."""
    builder = ModelBuilder()
    rows = max(1, round(macs * 1000 / (16 * 16 * 9 * 16)))
    x = builder.input((1, rows, 16, 16), scale=0.05)
    weights = np.random.default_rng(0).integers(-127, 128, (16, 3, 3, 16)).astype(np.int8)
    builder.output(builder.conv_2d(x, weights, weight_scale=0.01, scale=0.05))
    return builder.build()


def weights(thousands: int) -> bytes:
    """A fully connected layer with so many thousand weights."""
    builder = ModelBuilder()
    values = np.random.default_rng(0).integers(-127, 128, (thousands * 4, 256)).astype(np.int8)
    x = builder.input((1, 256), scale=0.05)
    builder.output(builder.fully_connected(x, values, weight_scale=0.01, scale=0.05))
    return builder.build()


def elements(thousands: int) -> bytes:
    """A sum, a table, a pool and a reshape over tensors of so many thousand elements."""
    builder = ModelBuilder()
    x = builder.input((1, thousands * 8, 16, 8), scale=0.05)
    y = builder.max_pool_2d(builder.logistic(builder.add(x, x, scale=0.1)), 2)
    builder.output(builder.reshape(y, (1, thousands * 8 * 16 * 2)))
    return builder.build()


def stages(model: bytes) -> dict[str, Stage]:
    """Everything that is done to a model, step by step."""
    part = load_profile("cortex-m4")
    loaded = load(model)
    steps = prepare(loaded)
    interpreter = Interpreter(loaded, part)
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], np.int8))
    return {
        "load": lambda: load(model),
        "prepare": lambda: prepare(loaded),
        "plan, cmsis-nn": lambda: plan_memory(loaded, steps, "tflm-cmsis-nn", part.target),
        "plan, bare-c": lambda: plan_memory(loaded, steps, "bare-c", part.target),
        "cost, cmsis-nn": lambda: estimate(steps, part, "tflm-cmsis-nn"),
        "cost, reference": lambda: estimate(steps, part, "tflm-reference"),
        "interpreter": lambda: Interpreter(loaded, part),
        "invoke": lambda: _invoke(interpreter),
        "report": lambda: make_report(interpreter).to_json(),
        "check": lambda: check(loaded, part),
        "svg": lambda: draw_svg(interpreter.plan, interpreter.operators),
        "html": lambda: _page(interpreter),
    }


def _page(interpreter: Interpreter) -> str:
    if interpreter.recorded_inputs is None:
        interpreter._stale = frozenset()
        interpreter.invoke(record=True)
    return render(interpreter)


def _invoke(interpreter: Interpreter) -> None:
    interpreter._stale = frozenset()
    interpreter.invoke()


def batches(samples: int) -> dict[str, Stage]:
    """A small network over so many samples."""
    interpreter = Interpreter(chain(9))
    x = np.zeros((samples, 8, 8, 8), np.int8)
    return {"run_batch": lambda: interpreter.run_batch(x, workers=1)}


GROWTHS: dict[str, tuple[str, Callable[[int], dict[str, Stage]], Sequence[int]]] = {
    "MACs": ("thousand MACs", lambda n: stages(convolution(n)), [100 * n for n in DECADES]),
    "chain": ("operators in a chain", lambda n: stages(chain(n)), [10 * n for n in DECADES]),
    "branches": ("operators side by side", lambda n: stages(branches(n)), [10 * n for n in DECADES]),
    "weights": ("thousand weights", lambda n: stages(weights(n)), DECADES),
    "elements": ("thousand elements", lambda n: stages(elements(n)), DECADES),
    "batch": ("samples", batches, [4 * n for n in DECADES]),
}


def seconds(stage: Stage) -> float:
    """The shortest run of several, in this process's own time: what else the machine does is not in it.

    Python's collector of cycles is off meanwhile, as in `timeit`."""
    start = process_time()
    stage()
    if (took := process_time() - start) > LONG:
        return took
    times: list[float] = []
    end = process_time() + ALLOWANCE
    while len(times) < 3 or (process_time() < end and len(times) < 50):
        gc.collect()
        gc.disable()
        start = process_time()
        stage()
        times.append(process_time() - start)
        gc.enable()
    return min(times)


def peak_bytes(stage: Stage) -> int:
    """The most that a run has allocated at any moment, above what there was."""
    gc.collect()
    tracemalloc.start()
    try:
        kept = stage()
        del kept
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of a straight line through the logarithms of the upper two decades."""
    pairs = [(log(x), log(max(y, 1e-9))) for x, y in zip(sizes, values, strict=True) if x >= sizes[-1] / 100]
    x, y = np.array(pairs).T
    return float(np.polyfit(x, y, 1)[0])


def measure(name: str, quick: bool) -> dict[str, Any]:
    unit, make, sizes = GROWTHS[name]
    sizes = sizes[: -2 if quick else None]
    times: dict[str, list[float]] = {}
    memory: dict[str, list[int]] = {}
    for size in sizes:
        for stage, run in make(size).items():
            times.setdefault(stage, []).append(seconds(run))
            memory.setdefault(stage, []).append(peak_bytes(run))
    return {
        "unit": unit,
        "sizes": list(sizes),
        "stages": {
            stage: {
                "seconds": times[stage],
                "bytes": memory[stage],
                "time_exponent": round(exponent(sizes, times[stage]), 3),
                "memory_exponent": round(exponent(sizes, memory[stage]), 3),
            }
            for stage in times
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="without the last decade")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="fail where something grows too fast")
    parser.add_argument("names", nargs="*", metavar="|".join(GROWTHS), help="default all")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in GROWTHS]:
        parser.error(f"{unknown[0]!r}: expected {', '.join(GROWTHS)}")
    found = {name: measure(name, arguments.quick) for name in arguments.names or GROWTHS}
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        print(f"Measured on {llvm.get_host_cpu_name()}, Python {platform.python_version()}, one thread.\n")
        print("| grows | stage | time ~ n^ | least to most, ms | memory ~ n^ | least to most, KB |")
        print("| --- | --- | ---: | ---: | ---: | ---: |")
        for name, growth in found.items():
            head = f"{name}, {growth['sizes'][0]:,} to {growth['sizes'][-1]:,} {growth['unit']}"
            for stage, of in growth["stages"].items():
                times, memory = of["seconds"], of["bytes"]
                print(
                    f"| {head} | {stage} | {of['time_exponent']:.2f} | {1e3 * times[0]:.3g} to "
                    f"{1e3 * times[-1]:.3g} | {of['memory_exponent']:.2f} | {memory[0] / 1e3:.3g} to "
                    f"{memory[-1] / 1e3:.3g} |"
                )
                head = ""
    fast = [
        f"{name}: {stage} grows as n^{of['time_exponent']} in time, n^{of['memory_exponent']} in memory"
        for name, growth in found.items()
        for stage, of in growth["stages"].items()
        if of["time_exponent"] > MOST_SECONDS or of["memory_exponent"] > MOST_BYTES
    ]
    if arguments.check and fast:
        sys.exit("\n".join(fast))


if __name__ == "__main__":
    main()
