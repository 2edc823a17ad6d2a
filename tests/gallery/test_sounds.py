"""Wing beats and coughs: the ear's stream, two networks side by side, and the layers that part the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder

from support import oracle
from support.gallery import FOLDER, on_tflm

HERE = FOLDER / "sounds"
NETWORKS = ("sounds", "sounds_condensers")


def held(name: str) -> dict[str, Any]:
    with np.load(HERE / f"{name}.npz") as found:
        return dict(found)


@pytest.mark.parametrize("name", NETWORKS)
def test_kinds_are_known(name: str) -> None:
    data, interpreter = held("sounds"), microinfer.Interpreter(HERE / f"{name}.tflite")
    found = interpreter.run_batch(data["x"]).argmax(1)
    assert np.mean(found == data["y"]) > 0.87
    assert np.mean(data[f"in_float_{name}"] == found) > 0.93


def test_fewer_products_are_no_less_time() -> None:
    """And take more flash and more arena, as the page says."""
    one, other = (
        {row["name"]: row for row in microinfer.check(HERE / f"{name}.tflite", "nucleo-l4r5zi", config=False)
         .to_dict()["checks"][0]["measures"]}
        for name in NETWORKS
    )  # fmt: skip
    products = [microinfer.Interpreter(HERE / f"{name}.tflite").report().model.macs for name in NETWORKS]
    assert products[1] < products[0] / 3
    assert other["latency"]["high"] > one["latency"]["value"] > other["latency"]["low"]
    assert other["flash"]["value"] > one["flash"]["value"]
    assert other["arena"]["value"] > one["arena"]["value"]


def test_the_ears_stream_has_tflms_bits(example: Any) -> None:
    """And gives what the networks were given of the clip that is kept as sound."""
    ear, kept = example("ear"), held("sounds_ear")["x"]
    path = HERE / "sounds_ear.tflite"
    assert path.read_bytes() == ear.ear()
    found = microinfer.Interpreter(path).run_batch(kept, keep_state=True)
    np.testing.assert_array_equal(found.reshape(len(kept), -1), on_tflm(path.read_bytes(), kept))
    np.testing.assert_array_equal(ear.features(kept.reshape(1, -1))[0], held("sounds")["x"][4])


@pytest.mark.parametrize("kind", range(4))
def test_wings_beat_as_published(example: Any, kind: int) -> None:
    """The loudest of the low harmonics are multiples of a frequency near the published one."""
    insects = example("insects")
    random = np.random.default_rng(kind)
    low, high = insects.RANGES[kind]
    for _ in range(5):
        one = insects.Insect.drawn(kind, random)
        assert low * 0.96 < one.hertz < high * 1.04
        spectrum = np.abs(np.fft.rfft(one.heard(insects.RATE, random) * np.hanning(insects.RATE)))
        largest = float(spectrum.argmax())
        times = round(largest / one.hertz)
        assert 1 <= times <= insects.PARTIALS
        assert largest / times == pytest.approx(one.hertz, rel=0.1)
    aedes = 0.5 * sum(insects.RANGES[2]) * insects.A_DEGREE
    assert 8 <= aedes <= 13


def test_a_higher_tone_is_in_a_higher_band(example: Any) -> None:
    ear = example("ear")
    time = np.arange((ear.FRAMES + 1) * ear.HOP) / 8000
    tones = [np.rint(8000 * np.sin(2 * np.pi * hertz * time)) for hertz in (164, 262, 440, 600, 1200, 3000)]
    bands = ear.features(np.stack(tones).astype(np.int16))[:, :, :, 0].mean(1).argmax(1)
    assert (np.diff(bands) > 0).all()


def gradients_are_differences(layer: Any, x: Any) -> None:
    random = np.random.default_rng(5)
    shape = layer.start(x.shape[1:], random)
    change = random.normal(size=(len(x), *shape)).astype(np.float32)
    layer.forward(x)
    to_x = layer.backward(change)
    assert len(layer.parameters) == len(layer.gradients)
    for values, gradient in ((x, to_x), *zip(layer.parameters, layer.gradients, strict=True)):
        gradient = gradient.copy()
        for place in list(np.ndindex(values.shape))[:: max(1, values.size // 6)]:
            before, sums = values[place], []
            for step in (1e-3, -1e-3):
                values[place] = before + np.float32(step)
                sums.append(float((layer.forward(x).astype(np.float64) * change).sum()))
            values[place] = before
            assert gradient[place] == pytest.approx((sums[0] - sums[1]) / 2e-3, rel=0.03, abs=0.02)


def test_gradients_of_a_condenser_and_of_branches(example: Any) -> None:
    branching, layers = example("workshop.branching"), example("workshop.layers")
    x = np.random.default_rng(4).normal(size=(2, 4, 6, 3)).astype(np.float32)
    gradients_are_differences(branching.Condenser(5), x)
    both = [layers.Conv(2, (3, 1), relu=False), layers.Conv(4, (1, 3), relu=False)]
    gradients_are_differences(branching.Branches(both), x)


@pytest.mark.parametrize("kind", ["condenser", "branches"])
def test_what_is_written_is_what_was_trained(example: Any, kind: str) -> None:
    """In reals, and to the bit as TFLM has it."""
    branching, layers = example("workshop.branching"), example("workshop.layers")
    scales = example("workshop.scales")
    random = np.random.default_rng(6)
    both = [layers.Conv(2, (3, 1)), layers.Conv(4, (1, 3))]
    layer = branching.Condenser(4) if kind == "condenser" else branching.Branches(both)
    layer.start((6, 8, 3), random)
    x = (random.integers(-127, 128, (6, 6, 8, 3)) / 127).astype(np.float32)
    wanted = layer.forward(x)
    b = ModelBuilder(kind)
    given = b.input((1, 6, 8, 3), scale=1 / 127, zero_point=0)
    scale, zero_point = scales.quantization(float(wanted.min()), float(wanted.max()))
    b.output(layer.write(b, given, scale=scale, zero_point=zero_point))
    interpreter, stored = microinfer.Interpreter(b.build()), np.rint(x * 127).astype(np.int8)
    answers = interpreter.run_batch(stored)
    assert np.abs(interpreter.dequantize_output(0, answers) - wanted).max() < 6 * scale
    for one, answer in zip(stored, answers, strict=True):
        found = oracle.tflm(b.build(), [one[np.newaxis]])[0][0]
        np.testing.assert_array_equal(np.asarray(found).ravel(), answer.ravel())


def test_two_models_draw_from_one_battery(example: Any) -> None:
    """What a network adds shortens the life that the ear alone leaves, by its power."""
    run = example("run")
    alone = microinfer.battery(
        HERE / "sounds_ear.tflite", "nrf52840-dk", rate="25/s", cell=run.CELL, config=False
    )
    ear = alone.to_dict()["cells"][0]["hours"]
    heard = [(run.path_of(one), rate) for one, rate in ((run.EAR, 25), ("sounds", 25 / run.FRAMES))]
    watts, hours, shares = example("workshop.parts").together(heard, "nrf52840-dk", run.CELL)
    shorter = hours["typical"] / ear["typical"]
    draws = {one["kind"]: one["average_w"]["typical"] for one in alone.to_dict()["draws"]}
    assert shares[0] < shorter < 1
    assert shares[0] * watts["typical"] == pytest.approx(draws["inference"])
    assert shorter == pytest.approx(sum(draws.values()) / watts["typical"], rel=0.01)
    assert hours["low"] < hours["typical"] < hours["high"]
