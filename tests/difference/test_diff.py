"""Who computes: roundings against TFLM's bits and whole numbers, LiteRT where it is installed."""

from __future__ import annotations

import json
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import microinfer
from microinfer import InputError, ModelBuilder, zoo
from microinfer.cli import main
from microinfer.difference import RUNTIMES, Study, diff
from microinfer.difference.rescaling import in_float32, once, rescaling_operators, resolver, twice

from support.single_operators import OPERATORS, model_of

BUILT_IN = ("single-rounding", "float-rescaling", "other-scales")
REAL = ("ad01_int8", "keyword_scrambled_8bit", "kws_ref_model", "pretrainedResnet_quant", "trained_lstm_int8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments])


def assert_twice_is_tflm(model: bytes, samples: int = 4) -> None:
    """The numpy operators with TFLM's rounding give TFLM's bits, in every tensor."""
    own = microinfer.Interpreter(model, preserve_all_tensors=True)
    other = microinfer.Interpreter(model, preserve_all_tensors=True, resolver=resolver(twice))
    for seed in range(samples):
        generator = np.random.default_rng(seed)
        for detail in own.get_input_details():
            x = generator.integers(-128, 128, detail["shape"]).astype(detail["dtype"])
            own.set_tensor(detail["index"], x)
            other.set_tensor(detail["index"], x)
        own.invoke()
        other.invoke()
        for step in own.first_steps:
            for tensor in step.node.outputs:
                np.testing.assert_array_equal(
                    other.get_tensor(tensor.index), own.get_tensor(tensor.index), f"operator {step.index}"
                )


@pytest.mark.parametrize("name", rescaling_operators())
def test_rounding_twice_is_tflm(name: str) -> None:
    assert_twice_is_tflm(model_of(OPERATORS[name]))


@pytest.mark.parametrize("name", zoo.names())
def test_rounding_twice_is_tflm_in_the_zoo(name: str) -> None:
    assert_twice_is_tflm(zoo.load(name), 1)


@pytest.mark.parametrize("name", REAL)
def test_rounding_twice_is_tflm_in_real_networks(shared: Path, name: str) -> None:
    assert_twice_is_tflm((shared / "models" / f"{name}.tflite").read_bytes(), 1)


def test_rounding_once_is_the_nearest_whole_number_with_halves_upwards() -> None:
    generator = np.random.default_rng(0)
    x = generator.integers(-(1 << 24), 1 << 24, 300)
    multipliers = generator.integers(1 << 30, 1 << 31, 300)
    shifts = generator.integers(-20, 5, 300)
    x[:4], multipliers[:4], shifts[:4] = (1, -1, 3, -3), 1 << 30, 0
    found = once(x, multipliers, shifts)
    for i in range(300):
        exact = Fraction(int(x[i]) * int(multipliers[i])) * Fraction(2) ** (int(shifts[i]) - 31)
        assert found[i] == floor(exact + Fraction(1, 2))
    np.testing.assert_array_equal(found[:4], [1, 0, 2, -1])
    np.testing.assert_array_equal(twice(x[:4], multipliers[:4], shifts[:4]), [1, 0, 2, -1])
    np.testing.assert_array_equal(in_float32(x[:4], multipliers[:4], shifts[:4]), [0, 0, 2, -2])
    assert (np.abs(found - twice(x, multipliers, shifts)) <= 1).all()


def test_where_both_roundings_part() -> None:
    # 5 / 8 x 2^-1: first to 0.3125 x 2^31 exactly; halves away from zero are what differs.
    x = np.array([-5, -3, -1, 1, 3, 5])
    np.testing.assert_array_equal(twice(x, 1 << 30, -1), [-1, -1, 0, 1, 1, 2])
    np.testing.assert_array_equal(once(x, 1 << 30, -1), [-1, -1, 0, 0, 1, 1])


def test_without_litert_the_roundings_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "ai_edge_litert"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('no such thing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = {row.runtime: row for row in diff(zoo.load("digits"), samples=40).runtimes}
    assert list(found) == [name for name in RUNTIMES if name != "tflm"]
    for name in ("litert", "litert-reference"):
        assert found[name].refused == "LiteRT is not installed; pip install 'microinfer[litert]'"
    for name in BUILT_IN:
        assert not found[name].refused
        assert found[name].samples == 40
        assert found[name].accuracy is not None
    once_rounded = found["single-rounding"]
    assert once_rounded.first_operator == 0
    assert 0 < once_rounded.operators[0].share < 0.01
    assert once_rounded.operators[0].enters == once_rounded.operators[0].samples
    assert once_rounded.operators[3].enters == 0  # MAX_POOL_2D only hands on


def test_litert_reference_differs_in_fully_connected_layers_only() -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is the oracle")
    found = diff(zoo.load("digits"), runtimes=("litert-reference",), samples=0).runtimes[0]
    assert found.samples == 360
    assert {row.operator for row in found.operators if row.enters} == {"FULLY_CONNECTED"}
    assert found.flipped == 0


@pytest.mark.parametrize("name", ["digits", "ds_cnn", "autoencoder"])
def test_xnnpack_rescales_in_float32(name: str) -> None:
    """The built-in variant says of convolutions and fully connected layers what LiteRT really does."""
    pytest.importorskip("ai_edge_litert", reason="LiteRT is the oracle")
    variant, xnnpack = diff(zoo.load(name), runtimes=("float-rescaling", "litert"), samples=16).runtimes
    assert (variant.first_operator, variant.output_share) == (xnnpack.first_operator, xnnpack.output_share)
    for ours, theirs in zip(variant.operators, xnnpack.operators, strict=True):
        assert (ours.samples, ours.share) == (theirs.samples, theirs.share)


def test_flipped_labels_are_counted_and_named() -> None:
    b = ModelBuilder("tie")
    x = b.input((1, 3), scale=1.0)
    b.output(b.fully_connected(x, np.eye(2, 3, dtype=np.int8), weight_scale=1.0, scale=4.0))
    # A quarter of -6 is -1.5, which TFLM takes for -2 and one rounding for -1.
    data = np.array([[8, 0, 0], [-6, -4, 0], [-6, -6, 0], [-20, -6, 0]], np.int8)
    found = diff(b.build(), (data, np.array([0, 1, 0, 1])), runtimes=("single-rounding",))
    assert found.accuracy == 1.0
    once_rounded = found.runtimes[0]
    assert once_rounded.flipped == 1
    assert once_rounded.flips == ((1, 1, 0),)
    assert once_rounded.accuracy == 0.75
    assert once_rounded.output_share == 4 / 8
    assert once_rounded.output_samples == 3
    assert once_rounded.output_largest_step == 1.0


def test_scales_in_the_other_precision() -> None:
    found = diff(zoo.load("sine"), runtimes=("other-scales",)).runtimes[0]
    assert "summer 2026" in found.title
    assert found.samples == 64
    assert found.flipped is None


def test_made_up_data_and_bad_names() -> None:
    found = diff(model_of(OPERATORS["CONV_2D"]), runtimes=("single-rounding",))
    assert (found.random, found.samples, found.accuracy) == (True, 16, None)
    with pytest.raises(InputError, match="no runtime 'tensorrt', there are tflm, single-rounding"):
        diff(zoo.load("digits"), runtimes=("tensorrt",))
    with pytest.raises(InputError, match="no sample was run"):
        Study(microinfer.Interpreter(zoo.load("digits")), runtimes=("single-rounding",)).result()


def test_samples_are_spread_over_the_data() -> None:
    study = Study(microinfer.Interpreter(zoo.load("digits")), None, ("single-rounding",), 5)
    numbers = [number for number, _ in study._blocks()]
    assert numbers == [0, 89, 179, 269, 359]


def test_the_command() -> None:
    result = run("digits", "--runtime", "single-rounding", "--samples", "20")
    assert result.exit_code == 0
    assert "0 CONV_2D" in result.output
    assert "right for" in result.output
    content = json.loads(run("sine", "--runtime", "single-rounding", "--json").stdout)
    assert content["schema"] == "microinfer.diff/1"
    assert {"model", "profile", "data", "samples", "accuracy", "runtimes", "random"} <= set(content)
    assert {
        "runtime", "samples", "output_share", "output_largest_step", "flipped", "first_operator", "operators",
        "refused",
    } <= set(content["runtimes"][0])  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("digits", "--runtime", "tensorrt"),
        ("digits", "--data", "nothing.npz"),
        ("digits", "--samples", "-1"),
        ("digits", "--sample", "3"),
        ("digits", "--device", "nothing.npz"),
    ],
)
def test_usage(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1


def dump_of(interpreter: microinfer.Interpreter, sample: Any) -> dict[str, Any]:
    """What an ideal board gives back: every tensor, read right after its operator."""
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample)
    interpreter.invoke()
    return {
        str(t.index): interpreter.get_tensor(t.index) for step in interpreter.steps for t in step.node.outputs
    }


@pytest.fixture
def whole() -> microinfer.Interpreter:
    return microinfer.Interpreter(zoo.load("digits"), preserve_all_tensors=True)


def device(path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = run("digits", "--device", str(path), "--json", *arguments)
    return result.exit_code, json.loads(result.stdout) if result.exit_code < 2 else {"said": result.output}


def test_a_board_that_is_right(tmp_path: Path, whole: microinfer.Interpreter) -> None:
    path = tmp_path / "dump.npz"
    np.savez(path, **dump_of(whole, zoo.sample("digits")))
    code, content = device(path)
    assert code == 0
    assert content["schema"] == "microinfer.diff/1"
    assert content["device"]["first_bad"] is None
    assert {row["verdict"] for row in content["device"]["tensors"]} == {"equal"}
    assert "Equal to the bit: 7 of 7 tensors" in run("digits", "--device", str(path)).output


def test_a_board_that_is_wrong(tmp_path: Path, whole: microinfer.Interpreter) -> None:
    path = tmp_path / "dump.npz"
    dump = dump_of(whole, zoo.sample("digits"))
    layer = whole.steps[2]
    wrong = dump[str(layer.node.outputs[0].index)].copy()
    wrong.reshape(-1)[17] ^= 3
    named = {layer.node.outputs[0].name: wrong, "junk": np.zeros(3)}
    rest = {key: value for key, value in dump.items() if key != str(layer.node.outputs[0].index)}
    np.savez(path, **named, **rest)
    code, content = device(path)
    assert code == 1
    bad = content["device"]["tensors"][content["device"]["first_bad"]]
    assert (bad["layer"], bad["operator"], bad["first_element"], bad["verdict"]) == (
        2,
        "CONV_2D",
        17,
        "differs",
    )
    assert bad["found"] == wrong.reshape(-1)[17]
    assert content["device"]["unknown"] == ["junk"]
    result = run("digits", "--device", str(path))
    assert result.exit_code == 1
    assert "First that differs: operator 2, CONV_2D" in result.output


def test_the_boards_own_input_counts(tmp_path: Path, whole: microinfer.Interpreter) -> None:
    path = tmp_path / "dump.npz"
    x, _ = zoo.samples("digits")
    dump = dump_of(whole, x[7:8])
    np.savez(path, **dump)
    assert device(path)[0] == 1
    np.savez(path, **dump, **{whole.get_input_details()[0]["name"]: x[7].reshape(-1).view(np.uint8)})
    assert device(path)[0] == 0
    np.savez(tmp_path / "x.npz", x=x)
    np.savez(path, **dump)
    assert device(path, "--data", str(tmp_path / "x.npz"), "--sample", "7")[0] == 0
    assert "no sample 999" in device(path, "--data", str(tmp_path / "x.npz"), "--sample", "999")[1]["said"]


def test_memory_that_was_reused_is_no_fault(tmp_path: Path) -> None:
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], zoo.sample("digits"))
    interpreter.invoke()
    outputs = [t.index for step in interpreter.steps for t in step.node.outputs]
    np.savez(tmp_path / "dump.npz", **{str(i): interpreter.tensor(i)() for i in outputs})
    code, content = device(tmp_path / "dump.npz")
    assert code == 0
    verdicts = {row["verdict"] for row in content["device"]["tensors"]}
    assert verdicts == {"equal", "overwritten"}
    assert "the arena is reused" in run("digits", "--device", str(tmp_path / "dump.npz")).output


def test_dumps_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "dump.npz"
    for arrays, said in (
        ({"8": np.zeros(3, np.int8)}, "has 3 elements of int8, expected"),
        ({"900": np.zeros(3, np.int8)}, "keys are indices"),
        ({"8": np.array(["a"])}, "expected numbers"),
        ({}, "holds nothing"),
    ):
        np.savez(path, **arrays)
        code, content = device(path)
        assert code == 2
        assert said in content["said"]
    path.write_bytes(b"hello")
    assert "not a .npy or .npz file" in device(path)[1]["said"]
