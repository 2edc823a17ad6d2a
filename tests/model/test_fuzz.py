"""Twenty thousand damaged models: nothing comes out but an answer or an error of ours.

Each mutant is loaded and, where it loads, prepared, planned and invoked, all three models in well under
a minute. MICROINFER_MUTANTS sets another number of mutants a model.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from time import process_time

import numpy as np
import pytest

from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.errors import ArenaError, ModelError
from microinfer.model.read import load
from microinfer.run import interpreter as interpreter_module

from support.mutants import mutants

MUTANTS = int(os.environ.get("MICROINFER_MUTANTS", "6667"))
SAMPLE = 150
MACHINERY_BYTES = 4 << 20
"""What modules, plans and kernels may take that no file or arena accounts for."""
LONGEST_SECONDS = 60
"""Of processor time, for all mutants of a model: a guard against reading without end."""


def image_network() -> bytes:
    rng = np.random.default_rng(1)
    b = ModelBuilder("image")
    x = b.input((1, 8, 8, 3), scale=1 / 255, zero_point=-128)
    x = b.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    x = b.conv_2d(x, rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4), padding="VALID", scale=0.1)
    y = b.depthwise_conv_2d(x, rng.normal(size=(1, 3, 3, 4)), rng.normal(size=4), scale=0.1)
    x = b.add(x, y, activation="RELU", scale=0.2)
    x = b.max_pool_2d(x, 2)
    x = b.average_pool_2d(x, 3, strides=1, padding="SAME")
    x = b.mean(x, (1, 2), scale=0.1)
    x = b.fully_connected(x, rng.normal(size=(10, 4)), rng.normal(size=10), scale=0.2)
    b.output(b.softmax(x))
    return b.build()


def moving_network() -> bytes:
    b = ModelBuilder("moving")
    x = b.input((2, 4, 6), scale=0.1, zero_point=3)
    first, second = b.split(x, 2, 2)
    x = b.concatenation([second, first], 1)
    x = b.transpose(x, (0, 2, 1))
    x = b.strided_slice(x, (0, 0, 1), (2, 3, 7), (1, 1, 2))
    x = b.expand_dims(x, 3)
    x = b.resize_nearest_neighbor(x, (5, 4))
    x = b.squeeze(x, (3,))
    b.output(b.reshape(x, (4, -1)))
    return b.build()


def elementwise_network() -> bytes:
    rng = np.random.default_rng(2)
    b = ModelBuilder("elementwise")
    raw = b.input((2, 5), "float32")
    x = b.quantize(raw, scale=0.05, zero_point=4)
    y = b.mul(x, b.constant(rng.integers(-128, 128, (5,)).astype(np.int8), 0.01), scale=0.02)
    x = b.sub(x, y, scale=0.05)
    x = b.maximum(b.relu6(x), b.minimum(x, b.relu(x)))
    x = b.hard_swish(b.leaky_relu(x, 0.1), scale=0.04)
    x = b.add(b.logistic(x), b.tanh(x), scale=0.01)
    b.output(b.dequantize(x))
    return b.build()


def calling_network() -> bytes:
    """Variables, a loop, a branch, and four subgraphs that they run."""
    b = ModelBuilder("calling")
    quantized = {"scale": 0.1, "zero_point": 3}
    x, held = b.input((1, 6), **quantized), b.variable("held")  # type: ignore[arg-type]
    start, more, turn, other = (b.subgraph(name) for name in ("start", "more", "turn", "other"))
    start.assign_variable(start.variable("held"), start.constant(np.full((1, 6), 3, np.int8), 0.1, 3))
    b.call_once(start)
    x = b.add(x, b.read_variable(held, like=x), **quantized)  # type: ignore[arg-type]
    b.assign_variable(held, x)
    count, _ = more.input((), "int32"), more.input((1, 6), **quantized)  # type: ignore[arg-type]
    more.output(more.compare("LESS", count, more.constant(np.array(3, np.int32))))
    count, value = turn.input((), "int32"), turn.input((1, 6), **quantized)  # type: ignore[arg-type]
    turn.output(turn.add(count, turn.constant(np.array(1, np.int32))), turn.relu(value))
    x = b.while_loop(more, turn, [b.constant(np.array(0, np.int32)), x])[1]
    value = other.input((1, 6), **quantized)  # type: ignore[arg-type]
    other.output(other.abs(value))
    flag = b.compare("LESS", b.constant(np.zeros((1, 1), np.int8), 0.1, 3), b.slice(x, [0, 0], [1, 1]))
    b.output(*b.if_else(flag, other, other, [x]))
    return b.build()


@pytest.fixture(autouse=True)
def loops_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter_module, "MOST_TURNS", 50)


MODELS: dict[str, Callable[[], bytes]] = {
    "calling": calling_network,
    "image": image_network,
    "moving": moving_network,
    "elementwise": elementwise_network,
}


def attempt(data: bytes) -> Interpreter | None:
    """Load, prepare, plan and invoke; None where one of them refuses, as it may."""
    try:
        interpreter = Interpreter(load(data))
        interpreter.invoke()
    except (ModelError, ArenaError):
        return None
    return interpreter


@pytest.mark.parametrize("name", MODELS)
def test_a_damaged_model_runs_or_is_refused(name: str) -> None:
    model = MODELS[name]()
    assert attempt(model) is not None
    started, ran = process_time(), 0
    for mutant in mutants(model, MUTANTS, seed=20_000):
        ran += attempt(mutant) is not None
    assert process_time() - started < LONGEST_SECONDS, "some mutant is read without end"
    assert 0 < ran < MUTANTS


@pytest.mark.parametrize("name", MODELS)
def test_a_damaged_model_takes_no_more_memory_than_its_file_and_arena(name: str) -> None:
    model = MODELS[name]()
    for mutant in mutants(model, SAMPLE, seed=1):
        attempt(mutant)
    tracemalloc.start()
    try:
        for mutant in mutants(model, SAMPLE, seed=1):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            interpreter = attempt(mutant)
            peak = tracemalloc.get_traced_memory()[1] - before
            arena = interpreter.arena_size if interpreter is not None else 0
            assert peak <= MACHINERY_BYTES + 4 * (len(mutant) + arena)
    finally:
        tracemalloc.stop()


def bomb(kind: str) -> bytes:
    b = ModelBuilder(kind)
    huge = (1 << 10, 1 << 10, 1 << 10)
    x = b.input(huge if kind == "activations" else (4,), scale=0.1)
    for _ in range(0 if kind == "activations" else 300):
        b.tensor(huge, is_variable=kind == "variables")
    b.output(b.relu(x))
    return b.build()


@pytest.mark.parametrize("kind", ["activations", "variables", "unused"])
@pytest.mark.parametrize("preserve", [False, True])
def test_a_model_of_huge_shapes_is_refused_before_memory_is_taken(kind: str, preserve: bool) -> None:
    data = bomb(kind)
    tracemalloc.start()
    try:
        with pytest.raises((ModelError, ArenaError)):
            Interpreter(data, preserve_all_tensors=preserve)
        assert tracemalloc.get_traced_memory()[1] < MACHINERY_BYTES
    finally:
        tracemalloc.stop()


def test_a_large_arena_is_taken_where_it_is_written() -> None:
    """A file of some hundred bytes may ask for 64 MB, and takes as much, once; a report of it is short."""
    b = ModelBuilder()
    b.output(b.relu(b.input((1, 8_000_000), "float32"), name="out"))
    script = (
        "import re, sys; from pathlib import Path; from microinfer import Interpreter\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text())[1]) >> 10\n"
        "data = sys.stdin.buffer.read(); Interpreter(data).invoke()\n"
        "Path('/proc/self/clear_refs').write_text('5'); before = peak()\n"
        "made = Interpreter(data); print(peak() - before)\n"
        "made.invoke(); made.invoke(record=True); print(len(made.report().to_json()), peak())"
    )
    done = subprocess.run([sys.executable, "-c", script], input=b.build(), capture_output=True, check=False)
    assert not done.returncode, done.stderr
    prepared, length, peak = map(int, done.stdout.split())
    assert prepared < 30
    assert length < 100_000
    assert peak < 512


def test_all_tensors_beside_each_other_are_bounded_as_an_arena_is() -> None:
    b = ModelBuilder()
    x = b.input((1 << 20,), scale=0.1)
    for _ in range(64):
        x = b.relu(x)
    b.output(x)
    Interpreter(b.build())
    with pytest.raises(ArenaError, match=r"^the tensors need 68157440 bytes, more than the 67108864 [^\n]*$"):
        Interpreter(b.build(), preserve_all_tensors=True)
