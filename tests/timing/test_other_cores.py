"""Networks on cores that were counted for themselves: in no fit, cycles of instructions under QEMU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from microinfer import load, load_profile
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


def test_esp32_c3(shared: Path) -> None:
    """RV32IMC: counted, and stretched to the one published row of an ESP32-C3 with reference kernels."""
    at = deploy(
        Common(load(shared / "models" / "person_detect.tflite")), load_profile("esp32-c3"), "tflm-reference"
    )
    assert at.seconds is not None
    assert at.seconds.typical == pytest.approx(3.355, rel=0.06)
    assert at.seconds.low < 3.355 < at.seconds.high
    assert at.provisional
