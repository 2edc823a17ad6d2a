"""Networks on cores that were counted for themselves: in no fit, cycles of instructions under QEMU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder, load, load_profile, zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import Deployment, deploy
from microinfer.parts.memories import IDEAL_MEMORY

CALL = 70
"""Cycles of the interpreter's own that the lists add to every operator."""
M55 = {
    "ad01_int8": 383_384,
    "kws_ref_model": 2_396_319,
    "pretrainedResnet_quant": 6_156_085,
    "vww_96_int8": 8_756_442,
    "person_detect": 8_705_828,
    "micro_speech_quantized": 1_384_363,
    "hello_world_int8": 4_798,
    "trained_lstm_int8": 369_305,
}
M55_REFERENCE = {
    "ad01_int8": 1_737_571,
    "kws_ref_model": 52_140_802,
    "micro_speech_quantized": 12_512_353,
    "hello_world_int8": 6_557,
    "trained_lstm_int8": 2_058_737,
}


CALL_RISC_V = 84
NETWORKS = ("ad01_int8", "kws_ref_model", "micro_speech_quantized", "person_detect")
RISC_V = {
    "O3,asserts": (3_353_977, 210_333_958, 23_021_484, 565_872_319),
    "O3,release": (3_354_155, 77_150_742, 12_009_658, 193_828_985),
    "Os,release": (3_651_969, 246_232_541, 27_850_031, 662_455_932),
}
"""By build, what the networks took on RV32IMC."""


def on_core(shared: Path, folder: Path, core: str, network: str, library: str) -> Deployment:
    path = folder / "mine.toml"
    path.write_text(f'extends = "cortex-m33"\ncore = "{core}"\n', encoding="utf-8")
    profile = replace(load_profile(path), timing=IDEAL_MEMORY)
    return deploy(Common(load(shared / "models" / f"{network}.tflite")), profile, library)


@pytest.mark.parametrize("network", M55)
def test_vectors(shared: Path, tmp_path: Path, network: str) -> None:
    """Cortex-M55 with Helium: kernels of CMSIS-NN for MVE."""
    at = on_core(shared, tmp_path, "cortex-m55", network, "tflm-cmsis-nn")
    took = M55[network] + CALL * len(at.costs)
    assert at.cycles is not None
    assert abs(at.cycles / took - 1) < 0.03
    assert at.seconds is not None
    assert at.seconds.high / at.seconds.low > 1.5, "its pipeline is not known that well"


@pytest.mark.parametrize("network", M55_REFERENCE)
def test_reference_kernels_beside_vectors(shared: Path, tmp_path: Path, network: str) -> None:
    """Cortex-M55: TFLM's own kernels."""
    at = on_core(shared, tmp_path, "cortex-m55", network, "tflm-reference")
    took = M55_REFERENCE[network] + CALL * len(at.costs)
    assert at.cycles is not None
    assert abs(at.cycles / took - 1) < 0.03
    assert at.seconds is not None
    assert at.seconds.high / at.seconds.low > 1.5, "its pipeline is not known that well"


def test_vectors_counted_by_element_are_provisional(shared: Path, tmp_path: Path) -> None:
    """CMSIS-NN's convolutions are counted by vectors, its depthwise and softmax kernels by elements; TFLM's
    own kernels have loops over elements."""
    at = on_core(shared, tmp_path, "cortex-m55", "kws_ref_model", "tflm-cmsis-nn")
    sure = {
        step.name: not cost.provisional
        for step, cost in zip(at.steps, at.costs, strict=True)
        if cost.variant != "dw_as_convolution"
    }
    assert sure == {
        "CONV_2D": True,
        "DEPTHWISE_CONV_2D": False,
        "AVERAGE_POOL_2D": True,
        "RESHAPE": True,
        "FULLY_CONNECTED": True,
        "SOFTMAX": False,
    }
    for step, cost in zip(at.steps, at.costs, strict=True):
        if cost.provisional:
            assert (cost.cycles_high or 0) > 1.5 * (cost.cycles or 0), step.name
            assert (cost.cycles_low or 0) < 0.7 * (cost.cycles or 0), step.name


@pytest.mark.parametrize("build", RISC_V)
def test_risc_v(shared: Path, build: str) -> None:
    """RV32IMC: TFLM's own kernels by three builds."""
    profile = replace(load_profile("esp32-c3").built(build), timing=IDEAL_MEMORY)
    for network, counted in zip(NETWORKS, RISC_V[build], strict=True):
        at = deploy(Common(load(shared / "models" / f"{network}.tflite")), profile, "tflm-reference")
        took = counted + CALL_RISC_V * len(at.costs)
        assert at.cycles is not None
        assert abs(at.cycles / took - 1) < 0.03, network
        assert at.provisional, "its pipeline is a guide"


def test_esp32_c3(shared: Path) -> None:
    """Priced as counted, the build that esp-tflite-micro makes takes what its README says of one."""
    common = Common(load(shared / "models" / "person_detect.tflite"))
    part = load_profile("esp32-c3")
    assert str(part.build) == "O3,asserts"
    at = deploy(common, part, "tflm-reference")
    assert at.seconds is not None
    assert at.seconds.typical == pytest.approx(3.355, rel=0.06)
    assert at.seconds.low < 3.355 < at.seconds.high
    assert at.provisional
    without = deploy(common, part.built("release"), "tflm-reference")
    assert without.seconds is not None
    assert 2.5 < at.seconds.typical / without.seconds.typical < 3.5


@pytest.mark.parametrize("board", ["esp32", "esp32-s3", "esp32-c3"])
def test_espressif_s_builds(board: str) -> None:
    """ESP-NN is compiled at one level, whatever the firmware's is; generated C has a time at the board's."""
    common, part = Common(load(zoo.load("ds_cnn"))), load_profile(board)
    builds = ("O3", "O3,release", "Os,release")
    own = {deploy(common, part.built(build), "tflm-esp-nn").cycles for build in builds}
    assert len(own) == 1
    plain, checked = (deploy(common, part.built(b), "tflm-reference").cycles for b in ("O2,release", None))
    assert plain is not None
    assert checked is not None
    assert 2 < checked / plain < 5, "asserts count every index of a convolution by a call"
    generated = deploy(common, part, "bare-c")
    assert generated.seconds is not None, generated.why_no_time
    assert generated.provisional


@pytest.mark.parametrize("board", ["esp32", "esp32-s3", "esp32-c3"])
def test_a_dense_layer_without_esp_nn(board: str) -> None:
    """Of 3 x 271 products; esp-nn's README has 8,443 cycles for plain C on an ESP32-S3."""
    builder = ModelBuilder()
    weights = builder.constant(np.ones((3, 271), np.int8), scale=0.1)
    builder.output(builder.fully_connected(builder.input((1, 271), scale=0.1), weights, scale=1.0))
    (cost,) = deploy(Common(load(builder.build())), load_profile(board), "tflm-reference").costs
    assert cost.provisional
    assert cost.cycles_low is not None
    assert cost.cycles_high is not None
    assert cost.cycles_low < 8_443 < cost.cycles_high < 2.5 * 8_443
