"""Zero points outside their type, which TFLM holds in 32 bits: its bits, for every quantised operator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder, UnsupportedError
from microinfer.operators.example import Draw
from microinfer.operators.registry import rows
from microinfer.operators.spec import Spec

from support.golden_plan import drawn_values
from support.oracle import Interpreter, tflm

REACHES = {"beside": 700, "16 bits": 70_000, "32 bits": 1 << 31}
DTYPES = ("int8", "int16", "uint8")
CASES = [
    pytest.param(spec, dtype, reach, id=f"{spec.name}-{dtype}-{reach}")
    for spec in rows()
    for dtype in DTYPES
    for reach in REACHES
    if dtype in spec.types and not spec.custom
]
DRAWS = 2
UNDEFINED = ("overflow TFLM's int32", "a result passes 2^31 steps")
"""Where C says nothing of what is computed, and devices differ."""


def far_model(spec: Spec, dtype: str, reach: str, seed: int) -> bytes | None:
    """The row's example, where some quantisations, or all, have another zero point; those that were alike
    stay so."""
    generator = np.random.default_rng((seed, crc32(f"{spec.name}{dtype}{reach}".encode())))
    draw = Draw(ModelBuilder(spec.name.lower()), generator, dtype)
    made = spec.example(draw)
    draw.b.output(*(made if isinstance(made, tuple) else (made,)))
    tensors, most = draw.b._tensors, REACHES[reach]
    found = list(dict.fromkeys((t.scales, t.zero_points) for t in tensors if len(t.scales) == 1))
    kept = [one for one in found if generator.random() < 0.6] or found
    points = {one: (int(generator.integers(-most, most)),) for one in kept}
    for index, tensor in enumerate(tensors):
        one = tensor.scales, tensor.zero_points
        tensors[index] = replace(tensor, zero_points=points.get(one, tensor.zero_points))
    return draw.b.build() if found else None


def expect_tflms(model: bytes, generator: np.random.Generator) -> None:
    """The same bits, or a refusal by both."""
    graph = microinfer.load(model).subgraphs[0]
    inputs = [graph.tensors[i] for i in graph.inputs]
    values = [drawn_values(generator, t.shape, np.dtype(t.dtype)) for t in inputs]
    try:
        wheel = tflm(model, values, outputs=len(graph.outputs))
    except RuntimeError:
        wheel = []
    refused = ""
    try:
        own = Interpreter(model)
        for tensor, value in zip(own.get_input_details(), values, strict=True):
            own.set_tensor(tensor["index"], value)
        own.invoke()
    except UnsupportedError as error:
        refused = str(error)
    if refused:
        assert not wheel or any(cause in refused for cause in UNDEFINED), refused
        return
    for tensor, expected in zip(own.get_output_details(), wheel, strict=True):
        assert own.get_tensor(tensor["index"]).tobytes() == expected.tobytes()


@pytest.mark.kernels
@pytest.mark.parametrize(("spec", "dtype", "reach"), CASES)
def test_bits_are_those_of_tflm(spec: Spec, dtype: str, reach: str) -> None:
    for seed in range(DRAWS):
        model = far_model(spec, dtype, reach, seed)
        if model is not None:
            expect_tflms(model, np.random.default_rng(seed))


ENDS = (-(1 << 31), (1 << 31) - 1, 128, -129, 1 << 20, -(1 << 20))


@pytest.mark.kernels
@pytest.mark.parametrize("point", ENDS)
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
def test_a_pool_cuts_the_ends_of_its_activation_as_tflm_does(point: int, activation: str) -> None:
    for pool in ("max_pool_2d", "average_pool_2d"):
        b = ModelBuilder("pool")
        x = b.input((1, 4, 4, 3), scale=0.05, zero_point=point)
        b.output(getattr(b, pool)(x, (2, 2), activation=activation))
        expect_tflms(b.build(), np.random.default_rng(1))


@pytest.mark.kernels
@pytest.mark.parametrize("point", ENDS)
def test_numbers_become_others_as_in_tflm(point: int) -> None:
    """Floats far from 0 and near, and every byte back."""
    b = ModelBuilder("quantise")
    b.output(b.quantize(b.input((1, 600), "float32"), scale=0.03, zero_point=point))
    expect_tflms(b.build(), np.random.default_rng(2))
    for dtype in DTYPES:
        b = ModelBuilder("real")
        b.output(b.dequantize(b.input((1, 600), dtype, scale=0.03, zero_point=point)))
        expect_tflms(b.build(), np.random.default_rng(2))


def far_sum(point: int) -> bytes:
    b = ModelBuilder("sum")
    x = b.input((1, 4), scale=0.05, zero_point=point)
    b.output(b.add(x, x, scale=0.1))
    return b.build()


@pytest.mark.parametrize("point", [128, -129, 40_000, -(1 << 31)])
def test_check_tells_of_it_and_of_kernels_that_may_cut_it(point: int) -> None:
    report = microinfer.check(far_sum(point), "cortex-m4", library="tflm-reference")
    (told,) = [finding for finding in report.findings if finding.rule == "far-zero-point"]
    assert f"has zero point {point}, outside int8, -128 to 127" in told.cause
    report = microinfer.check(far_sum(point), "cortex-m4", library="tflm-cmsis-nn")
    assert any("may cut it to 16 bits or 8" in finding.cause for finding in report.findings)


@pytest.mark.parametrize("point", [-128, 127])
def test_of_the_ends_of_the_type_nothing_is_told(point: int) -> None:
    report = microinfer.check(far_sum(point), "cortex-m4")
    assert "far-zero-point" not in {finding.rule for finding in report.findings}


@pytest.mark.kernels
@pytest.mark.parametrize("point", ENDS)
def test_many_running_sums_wrap_as_few_do(point: int) -> None:
    b = ModelBuilder("sums")
    b.output(b.cumsum(b.input((1, 64, 64), scale=0.05, zero_point=point), 1, scale=0.2, zero_point=point))
    expect_tflms(b.build(), np.random.default_rng(3))


def test_bare_c_has_no_such_kernels(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="zero point 300, which int8 does not hold, nor bare-c"):
        microinfer.export(far_sum(300), library="bare-c", output=tmp_path / "made", format="bare-c")
