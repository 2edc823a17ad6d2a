"""Every rule of `microinfer check` is documented, and a model triggers it; sound models trigger none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.checks import CheckReport, Limits, check
from microinfer.checks.bounds import bounds, requantize
from microinfer.checks.formats import FORMATS, render
from microinfer.checks.rule import rules
from microinfer.errors import InputError
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.quantization import quantize_multiplier

from support.check_models import Trigger, dense, finish, image, sound, weights
from support.check_triggers import TRIGGERS
from support.mutants import mutants

SMALL_CHIP = """
extends = "cortex-m4"
[memory.sram]
bytes = {sram}
[memory.flash]
bytes = {flash}
{more}
"""
EXTRA: dict[str, tuple[int, int, str]] = {
    "ram-exceeded": (0, 1 << 20, ""),
    "external-memory": (16384, 1 << 20, '[memory.sdram]\nkind = "external"\nbytes = 8388608'),
    "flash-exceeded": (1 << 18, 0, ""),
}
"""SRAM, flash and other memories of the part on which a rule is triggered; 0 is just enough for the model."""


def profile_of(name: str, trigger: Trigger, folder: Path) -> str:
    if not trigger.extra_memory:
        return trigger.profile
    data = trigger.bytes_of()
    plan = {m.name: m for m in check(data).measures}
    sram, flash, more = EXTRA[name]
    path = folder / f"{name}.toml"
    arena = int(plan["arena"].value or 0)
    path.write_text(SMALL_CHIP.format(sram=sram or arena + 8, flash=flash or len(data) + 8, more=more))
    return str(path)


def run(name: str, folder: Path) -> CheckReport:
    trigger = TRIGGERS[name]
    return check(trigger.bytes_of(), profile_of(name, trigger, folder), trigger.library, **trigger.options)


def test_every_rule_has_a_model() -> None:
    """But for that of a file which is not there, see test_many_models."""
    assert {*TRIGGERS, "missing-model"} == set(rules())


@pytest.mark.parametrize("name", TRIGGERS)
def test_rule_is_triggered(name: str, tmp_path: Path) -> None:
    report = run(name, tmp_path)
    found = [finding for finding in report.findings if finding.rule == name]
    assert found, [finding.rule for finding in report.findings]
    for finding in found:
        assert finding.cause
        assert finding.remedy
        assert finding.place or name == "malformed-model"
        if finding.severity == "error":
            assert not report.passed


@pytest.mark.parametrize("name", sorted(TRIGGERS.keys() - {"malformed-model", "data-outside-file"}))
def test_rule_can_be_disabled(name: str, tmp_path: Path) -> None:
    trigger = TRIGGERS[name]
    profile = profile_of(name, trigger, tmp_path)
    report = check(trigger.bytes_of(), profile, trigger.library, **trigger.options, disable=[name])
    assert name not in {finding.rule for finding in report.findings}
    assert report.disabled == (name,)


def test_rules_are_documented() -> None:
    for rule in rules().values():
        assert rule.title, rule.name
        assert len(rule.about) > 80, rule.name
        assert not rule.title.endswith("."), rule.name
        assert rule.name == rule.name.lower().replace("_", "-").replace(" ", "-")


def test_sound_models_have_nothing_to_mend() -> None:
    assert not check(sound()).findings
    for name in ("digits", "sine"):
        report = check(zoo.load(name), "atmega328p")
        assert report.verdict == "yes"
        assert not report.count("warning")


def test_per_channel_weights_and_biases_are_sound() -> None:
    b = ModelBuilder()
    x = b.transpose_conv(image(b), weights(4, 3, 3, 4), np.ones(4), scale=0.5, zero_point=0)
    x = b.depthwise_conv_2d(x, weights(1, 3, 3, 4), np.ones(4), scale=0.5, zero_point=0)
    x = b.conv_2d(x, weights(4, 3, 3, 4), np.ones(4), scale=0.5, zero_point=0)
    found = {finding.rule for finding in check(finish(b, x)).findings}
    assert not found & {"per-channel-ignored", "bias-scale", "asymmetric-weights"}


def test_all_problems_are_told_at_once() -> None:
    b = ModelBuilder()
    x = image(b)
    y = b.tensor(x.shape, "int8", 0.05, 0)
    b.operator("GELU", [x], [y])
    z = b.tensor(x.shape, "int8", 0.05, 0)
    b.operator("CUSTOM", [y], [z], custom_code="Mine")
    w = b.constant(np.full((4, 3, 3, 4), 20, np.int8), 0.1, 0)
    out = b.conv_2d(z, w, scale=0.5, zero_point=0)
    half = b.constant(np.ones((4,), np.float16))
    real = b.tensor((4,), "float32")
    b.operator("DEQUANTIZE", [half], [real])
    report = check(finish(b, out, real), limits=Limits(arena_bytes=100, latency_s=1.0))
    found = {finding.rule: finding.place for finding in report.findings}
    assert found["unsupported-operator"] == "subgraphs[0].operators[0]"
    assert found["custom-operator"] == "subgraphs[0].operators[1]"
    assert found["wasted-weight-range"] == "subgraphs[0].operators[2]"
    assert found["float16-tensor"] == "subgraphs[0].operators[3]"
    assert found["arena-exceeds-budget"] == "subgraphs[0]"
    assert found["cost-unknown"] == "subgraphs[0]"
    assert [f.severity for f in report.findings] == sorted(
        (f.severity for f in report.findings), key=("error", "unknown", "warning", "note").index
    )


def test_every_refusal_is_told_once() -> None:
    report = check(TRIGGERS["float16-tensor"].bytes_of())
    places = [f.place for f in report.findings if f.severity in ("error", "unknown")]
    assert places == ["subgraphs[0].operators[0]"], "the other operator computes in float32"


def test_tflm_words_are_verbatim() -> None:
    def causes(name: str, library: str | None = None) -> str:
        report = check(TRIGGERS[name].bytes_of(), "cortex-m4", library, **TRIGGERS[name].options)
        return "\n".join(finding.cause for finding in report.findings if finding.rule == name)

    assert "Didn't find op for builtin opcode 'GELU'" in causes("unsupported-operator")
    assert "Failed to get registration from op code CUSTOM" in causes("custom-operator")
    assert "Hybrid models are not supported on TFLite Micro." in causes("hybrid-operator")
    reference = causes("hybrid-operator", "tflm-reference")
    assert "Input type: FLOAT32 with filter type: INT8 not supported." in reference
    assert "resolver size is too small (2)" in causes("resolver-too-small")
    assert "Didn't find op for builtin opcode 'AVERAGE_POOL_2D'" in causes("resolver-lacks-operator")


def test_float_models_get_the_converter_lines() -> None:
    for name in ("hybrid-operator", "float16-tensor", "uint8-tensor"):
        finding = check(TRIGGERS[name].bytes_of()).findings[0]
        lines = "\n".join(finding.lines)
        for wanted in (
            "optimizations",
            "representative_dataset",
            "TFLITE_BUILTINS_INT8",
            "inference_input_type",
        ):
            assert wanted in lines


def test_intervals_decide_between_fail_perhaps_and_pass() -> None:
    data = sound()
    latency = next(m for m in check(data).measures if m.name == "latency")
    assert latency.low is not None
    assert latency.value is not None
    assert latency.high is not None
    assert latency.low < latency.value < latency.high

    def verdict(seconds: float, *, strict: bool = False) -> tuple[str, bool]:
        report = check(data, limits=Limits(latency_s=seconds), strict=strict)
        return report.verdict, report.passed

    assert verdict(latency.low * 0.99) == ("no", False)
    assert verdict((latency.low + latency.value) / 2) == ("cannot-tell", False)
    assert verdict(latency.value) == ("perhaps", True)
    assert verdict(latency.value, strict=True) == ("no", False)
    assert verdict(latency.high * 1.01) == ("yes", True)


def test_arena_budget_is_exact() -> None:
    data = sound()
    arena = int(next(m.value for m in check(data).measures if m.name == "arena") or 0)
    assert check(data, limits=Limits(arena_bytes=arena)).passed
    assert not check(data, limits=Limits(arena_bytes=arena - 1)).passed


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'dead-operator'"):
        check(sound(), disable=["dead-operater"])
    with pytest.raises(InputError, match="tflm-cmsis-nn"):
        check(sound(), library="cmsis")


def test_requantize_rounds_as_the_device() -> None:
    def device(x: int, multiplier: int, shift: int) -> int:
        left, right = max(shift, 0), max(-shift, 0)
        product = (x << left) * multiplier
        nudged = product + ((1 << 30) if product >= 0 else 1 - (1 << 30))
        high = abs(nudged) // (1 << 31) * (1 if nudged >= 0 else -1)
        mask = (1 << right) - 1
        return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))

    random = np.random.default_rng(3)
    factors = np.exp(random.uniform(-24, 2, 2000))
    sums = random.integers(-(1 << 27), 1 << 27, 2000)
    wanted = [device(int(x), *quantize_multiplier(float(f))) for x, f in zip(sums, factors, strict=True)]
    np.testing.assert_array_equal(requantize(sums, factors), wanted)


@pytest.mark.parametrize("name", ["sound", "per-channel-ignored", "offline-plan", "unrolled-recurrence"])
def test_damaged_files_are_findings(name: str) -> None:
    data = sound() if name == "sound" else TRIGGERS[name].bytes_of()
    limits = Limits(arena_bytes=600, latency_s=1e-5, energy_j=1e-6, flash_bytes=800, stack_bytes=100)
    for damaged in mutants(data, 100, 11):
        report = check(damaged, "nucleo-l4r5zi", limits=limits)
        for form in FORMATS:
            assert render([report], form)


@pytest.mark.parametrize("seed", range(6))
def test_no_output_leaves_its_bounds(seed: int) -> None:
    random = np.random.default_rng(seed)
    b = ModelBuilder()
    x = b.input((1, 6, 5, 4), scale=0.05, zero_point=int(random.integers(-128, 128)))
    x = b.conv_2d(
        x, weights(5, 3, 2, 4), random.normal(size=5), activation="RELU", scale=0.06, zero_point=-90
    )
    x = b.depthwise_conv_2d(x, weights(1, 3, 3, 10), random.normal(size=10), scale=0.1, zero_point=7)
    x = dense(b, b.reshape(x, (1, 300)), 8, scale=0.3, activation="RELU6")
    data = finish(b, x)
    interpreter = microinfer.Interpreter(data, preserve_all_tensors=True)
    index = interpreter.get_input_details()[0]["index"]
    steps = {step.index: bounds(step) for step in prepare(load(data))}
    for kind in range(12):
        fill = (
            random.integers(-128, 128, (1, 6, 5, 4))
            if kind > 2
            else np.full((1, 6, 5, 4), (-128, 127, 0)[kind])
        )
        interpreter.set_tensor(index, fill.astype(np.int8))
        interpreter.invoke()
        for step in interpreter.steps:
            found = steps[step.index]
            if found is not None:
                made = interpreter.get_tensor(step.node.outputs[0].index).astype(int)
                channels = made.reshape(-1, made.shape[-1])
                assert (channels >= found.low).all()
                assert (channels <= found.high).all()
