"""Layers of int8 that between them take every kernel of products of bytes, and a process that runs them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.kernels import dot_conv_2d
from microinfer.kernels.chain import flat

from .oracle import Interpreter, tflm
from .strategies import int8_values, int32_values

__all__ = [
    "FAMILIES",
    "Case",
    "Outcome",
    "assert_tflms_bits",
    "assert_whole",
    "drawn",
    "evaluate",
    "in_process",
]

FAMILIES = ("dot_conv_2d", "dot_depthwise_conv_2d", "dot_matmul", "byte_sums")
"""Modules of kernels of products of bytes."""


@dataclass(frozen=True)
class Case:
    """A model and its inputs; `tile`: pixels and blocks of every convolution, None for what is chosen."""

    model: bytes
    inputs: list[Any]
    tile: tuple[int, int] | None = None


@dataclass
class Outcome:
    """Outputs, and the families' kernels by name, with their instructions' counts where they are known."""

    outputs: list[Any] = field(default_factory=list)
    kernels: dict[str, Counter[str]] = field(default_factory=dict)


def _conv(generator: Any, pixels: int, outputs: int, scale: float, bias: bool = True) -> Any:
    builder = ModelBuilder()
    depth = int(generator.integers(1, 22))
    x = builder.input((2, pixels, 3, depth), scale=0.1, zero_point=int(generator.integers(-128, 128)))
    weights = int8_values(generator, (outputs, 3, 2, depth))
    added = int32_values(generator, (outputs,)) // (1 << 8) if bias else None
    y = builder.conv_2d(x, weights, added, weight_scale=scale, scale=0.3, zero_point=9)
    builder.output(y)
    return builder.build(), [int8_values(generator, x.shape)]


def _depthwise(generator: Any, depth: int, multiplier: int, stride: int, scale: float) -> Any:
    builder = ModelBuilder()
    x = builder.input((1, 5, 9, depth), scale=0.1, zero_point=-5)
    weights = int8_values(generator, (1, 3, 3, depth * multiplier))
    y = builder.depthwise_conv_2d(
        x, weights, weight_scale=[scale] * depth * multiplier, strides=(stride, stride), scale=0.3
    )
    builder.output(y)
    return builder.build(), [int8_values(generator, x.shape)]


def _matmul(generator: Any, zero_point: int) -> Any:
    builder = ModelBuilder()
    a = builder.input((2, 5, 19), scale=0.05, zero_point=-77)
    b = builder.input((2, 19, 21), scale=0.03, zero_point=zero_point)
    builder.output(builder.batch_matmul(a, b, scale=0.4, zero_point=3))
    return builder.build(), [int8_values(generator, handle.shape) for handle in (a, b)]


def _sum(generator: Any) -> Any:
    builder = ModelBuilder()
    a, b = (builder.input((1, 3, 43), scale=scale, zero_point=-11) for scale in (0.07, 0.03))
    builder.output(builder.add(a, b, scale=0.1, zero_point=5))
    return builder.build(), [int8_values(generator, handle.shape) for handle in (a, b)]


def drawn(way: str) -> dict[str, Case]:
    """Every tile of this way to multiply, every form of requantisation and every family."""
    generator = np.random.default_rng(22)
    made: dict[str, Any] = {}
    for tile in dot_conv_2d.SHAPES[way]:
        for outputs in (20, 64):
            model, values = _conv(generator, 7, outputs, 0.0211)
            made[f"tile {tile.pixels} {tile.blocks} of {outputs}"] = Case(model, values, tile[:2])
    made["wide sums"] = Case(*_conv(generator, 4, 37, 8.0))
    made["many pixels"] = Case(*_conv(generator, 120, 16, 0.001, bias=False))
    made["depthwise"] = Case(*_depthwise(generator, 24, 1, 1, 0.02))
    made["depthwise by two"] = Case(*_depthwise(generator, 16, 1, 2, 0.02))
    made["depthwise, wide sums"] = Case(*_depthwise(generator, 5, 3, 1, 8.0))
    made["product of matrices"] = Case(*_matmul(generator, 0))
    made["product with a zero point"] = Case(*_matmul(generator, 41))
    made["sum"] = Case(*_sum(generator))
    made["a network"] = Case(zoo.load("digits"), [zoo.sample("digits")])
    return made


def evaluate(case: Case, invoke: bool = True) -> Outcome:
    """In this process, with what the processor has."""
    found = Outcome()
    with pytest.MonkeyPatch.context() as patch:
        if case.tile is not None:
            tile = dot_conv_2d.Tile(*case.tile)
            patch.setattr(dot_conv_2d, "tile_shape", lambda *_: tile)
        interpreter = Interpreter(case.model)
    kernels = (getattr(run, "kernel", None) for run in flat(interpreter._runs))
    names = [kernel.name for kernel in kernels if kernel is not None]
    found.kernels = {name: Counter() for name in names if name.partition(".")[0] in FAMILIES}
    if invoke:
        for detail, value in zip(interpreter.get_input_details(), case.inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        found.outputs = [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]
    return found


def in_process(
    cases: Mapping[str, Case], folder: Path, program: str, *arguments: str, **environment: str
) -> dict[str, Outcome]:
    """What `main` of the module `program` of this package makes of the cases in a process of their own."""
    given, made = folder / "cases", folder / "outcomes"
    given.write_bytes(pickle.dumps(list(cases.values())))
    tests = str(Path(__file__).parents[1])
    code = (
        f"import sys; sys.path.insert(0, {tests!r}); from support.{program} import main; main(*sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(given), str(made), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MICROINFER_VECTORS": "on", **environment},
    )
    assert not done.stderr, done.stderr[-3000:]
    assert done.returncode == 0, done
    return dict(zip(cases, pickle.loads(made.read_bytes()), strict=True))


def main(given: str, made: str) -> None:
    """The program that runs cases with what the processor has, as the environment says."""
    cases = pickle.loads(Path(given).read_bytes())
    Path(made).write_bytes(pickle.dumps([evaluate(case) for case in cases]))


def assert_tflms_bits(case: Case, found: Outcome) -> None:
    """And a kernel of the families was taken."""
    assert found.kernels
    for one, other in zip(found.outputs, tflm(case.model, case.inputs), strict=True):
        assert_array_equal(one, other)


def assert_whole(outcomes: Mapping[str, Outcome], way: str) -> None:
    """Every tile of this way, form and family is among them."""
    names = {name for found in outcomes.values() for name in found.kernels}
    for tile in dot_conv_2d.SHAPES[way]:
        assert f"dot_conv_2d.conv_2d_{tile.pixels}_{tile.blocks}" + "_deep" * tile.deep in names
    assert {name.partition(".")[0] for name in names} == set(FAMILIES)
    for module in ("dot_conv_2d", "dot_depthwise_conv_2d"):
        assert any(name.startswith(module) and name.endswith("_wide") for name in names)
    assert any(name.endswith("_real") for name in names)
