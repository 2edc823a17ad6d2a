"""A release of TFLM is an argument: whose bits and whose bytes, side by side, in threads and in copies."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer.builder import ModelBuilder
from microinfer.errors import InputError, UnsupportedError
from microinfer.libraries.layout import struct_layout
from microinfer.libraries.target import HOST_TARGET
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.quantization import quantize_multiplier
from microinfer.operators.registry import rows
from microinfer.operators.release import DEFAULT_RELEASE, RELEASES, find_release
from microinfer.operators.spec import Node, Prepared, Spec

from support.oracle import WHEEL, tflm
from support.types_asked import types_of

EVERY = np.arange(-32768, 32768, dtype=np.int16)
SCALE = 2.8284270763397217
"""Of the output: 20586 steps of 1 are a tie in float64, and none in float32."""


def relu() -> bytes:
    builder = ModelBuilder()
    x = builder.input((len(EVERY),), "int16", 1.0, 0)
    builder.output(builder.relu(x, scale=SCALE))
    return builder.build()


def ran(release: Any, model: bytes, value: Any, **named: Any) -> Any:
    interpreter = microinfer.Interpreter(model, release=release, **named)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_releases_differ_in_one_bit_and_the_wheels_is_the_wheels() -> None:
    older, newer = ran("2026-08", relu(), EVERY), ran("2026-10", relu(), EVERY)
    (wheel,) = tflm(relu(), [EVERY])
    np.testing.assert_array_equal(newer, wheel)
    tie = EVERY == 20586
    assert (older[tie].item(), newer[tie].item()) == (7278, 7279)
    differing = older != newer
    assert 1 <= differing.sum() < 10
    assert set(np.abs(older[differing] - newer[differing])) == {1}


def dense() -> tuple[bytes, Any]:
    """FULLY_CONNECTED of int8 whose factor meets a half at the last input only if the product of scales is
    not rounded to float32 first, or only if it is."""
    pairs = np.random.default_rng(0).uniform(0.01, 0.2, (2000, 2)).astype(np.float32)
    for first, second in pairs:
        exact, single = float(first) * float(second), float(first * second)
        target = float(np.float32(exact * 127 * 127 / (100.5 - 0.5 / 128)))
        older, newer = (rescaled(127 * 127, *quantize_multiplier(made / target)) for made in (single, exact))
        if older != newer:
            builder = ModelBuilder()
            x = builder.input((256, 1), "int8", float(first), 0)
            y = builder.fully_connected(
                x, np.array([[127]], np.int8), weight_scale=float(second), scale=target, zero_point=0
            )
            builder.output(y)
            return builder.build(), np.arange(-128, 128, dtype=np.int8).reshape(256, 1)
    raise AssertionError("no such scales")


def rescaled(value: int, multiplier: int, shift: int) -> int:
    """By a factor below 1/2, rounded twice as TFLM's reference kernels do."""
    high = (value * multiplier + (1 << 30)) >> 31
    return (high + (1 << (-shift - 1))) >> -shift


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_an_int8_of_fully_connected_hangs_on_the_release(library: str) -> None:
    model, values = dense()
    older, newer = (ran(release, model, values, library=library) for release in RELEASES)
    np.testing.assert_array_equal(newer, tflm(model, [values])[0])
    assert np.flatnonzero(older != newer).size > 0
    assert abs(older.astype(int) - newer).max() == 1


def test_the_default_is_the_release_of_the_truth_files() -> None:
    np.testing.assert_array_equal(ran(None, relu(), EVERY), ran("2026-08", relu(), EVERY))
    assert find_release(None) is DEFAULT_RELEASE
    assert DEFAULT_RELEASE.title == "TFLM 90b983c2 (2026-08-20)"
    assert struct_layout(4).commit == DEFAULT_RELEASE.commit


@pytest.mark.parametrize("release", RELEASES)
def test_bits_hang_on_the_release_with_every_library(release: str) -> None:
    expected = ran(release, relu(), EVERY)
    np.testing.assert_array_equal(ran(release, relu(), EVERY, library="tflm-reference"), expected)
    np.testing.assert_array_equal(ran(release, relu(), EVERY, preserve_all_tensors=True), expected)


def test_threads_and_copies_keep_their_release() -> None:
    wanted = [RELEASES[i % 2] for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda release: ran(release, relu(), EVERY)[20586 + 32768].item(), wanted))
    assert found == [7278 if release == "2026-08" else 7279 for release in wanted]
    copied = pickle.loads(pickle.dumps(microinfer.Interpreter(relu(), release=WHEEL)))
    assert copied.release == find_release(WHEEL)
    assert copied.deployment.target.release == find_release(WHEEL)


def test_nested_preparations_do_not_mix() -> None:
    """Steps carry their release: who prepares another model in between changes nothing."""
    model = load(relu())
    steps = prepare(model, release=find_release("2026-10"))
    prepare(model)
    result = np.zeros(len(EVERY), np.int16)
    steps[0].bind([EVERY], [result])()
    assert result[20586 + 32768] == 7279


@pytest.mark.parametrize(
    ("named", "release"),
    [
        ("2026-08", "2026-08"),
        ("90b983c2", "2026-08"),
        ("90b983c2b3f1480642e040bbd2ddb37b998f3424", "2026-08"),
        ("8f6596d", "2026-10"),
        (" 8F6596D ", "2026-10"),
    ],
)
def test_a_release_is_named_by_month_or_commit(named: str, release: str) -> None:
    assert find_release(named).name == release
    assert find_release(find_release(named)) == find_release(release)


@pytest.mark.parametrize("named", ["2025-01", "", "90b9", "90b983c3", "latest"])
def test_unknown_releases_are_refused_with_those_that_there_are(named: str) -> None:
    with pytest.raises(InputError, match=r"there are 2026-08 \(90b983c2\), 2026-10 \(8f6596d\)"):
        microinfer.Interpreter(relu(), release=named)


def test_layouts_are_of_the_release() -> None:
    older, newer = find_release("2026-08"), find_release("2026-10")
    assert HOST_TARGET.release == newer
    assert struct_layout(8, newer).parameters["FULLY_CONNECTED"] == (32, 8)
    assert struct_layout(8, older).parameters["FULLY_CONNECTED"] == (16, 4)
    assert struct_layout(8, newer).provisional == struct_layout(4, older).provisional == ""
    assert "provisional" in struct_layout(4, newer).provisional
    plan = microinfer.Interpreter(relu(), release="2026-10").plan
    assert plan.provisional
    assert plan.layout.startswith("TFLM 8f6596d (2026-10-23) on 32-bit Arm".replace(" on", ","))
    assert "provisional" in plan.layout


@pytest.mark.parametrize("spec", [spec for spec in rows() if spec.types_since], ids=lambda spec: spec.name)
@pytest.mark.parametrize("name", RELEASES)
def test_rows_say_what_each_release_takes(name: str, spec: Spec) -> None:
    release = find_release(name)

    def prepared(node: Node) -> Prepared:
        return spec.prepare(replace(node, release=release))

    assert types_of(prepared, spec.data_input) == spec.types_in(release)


@pytest.mark.parametrize("source", ["int8", "int16", "int32", "uint32", "float32", "bool"])
def test_only_the_package_casts_to_bool(source: str) -> None:
    numbers = [0.0, -0.0, 0.3, -0.3, 1.0, 127.0, np.nan, -np.nan, np.inf, 1e-40, 3.0, 0.0, 5e-324]
    x = np.array(numbers, np.float32) if source == "float32" else np.arange(-5, 8).astype(source)
    if source in ("int16", "int32", "uint32"):
        x[:2] = 256, -32768 if source == "int16" else 65536
    builder = ModelBuilder()
    builder.output(builder.cast(builder.input(x.shape, source), "bool"))
    model = builder.build()
    (wheel,) = tflm(model, [x])
    found = ran("2026-10", model, x)
    assert found.dtype == wheel.dtype == bool
    np.testing.assert_array_equal(found, wheel)
    with pytest.raises(UnsupportedError, match="is bool, expected int8 or int16") as refused:
        microinfer.Interpreter(model, release="2026-08")
    assert refused.value.place == "subgraphs[0].operators[0]"
    assert microinfer.check(model, "cortex-m4").failed
