"""Networks on cores and at levels that were counted for themselves: in no fit, instructions under QEMU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from microinfer import load, load_profile
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.parts.memories import IDEAL_MEMORY

CALL = {"cortex-m4": 81, "cortex-m7": 64, "cortex-m33": 81}
"""Cycles of the interpreter's own that the lists add to every operator."""
NETWORKS = (
    "ad01_int8",
    "hello_world_int8",
    "kws_ref_model",
    "micro_speech_quantized",
    "person_detect",
    "pretrainedResnet_quant",
    "vww_96_int8",
)
TOOK = {
    ("tflm-cmsis-nn", "cortex-m33", "Os"): (
        1_133_466, 5_559, 11_474_453, 3_416_437, 33_633_400, 54_102_665, 35_765_078,
    ),
    ("tflm-reference", "cortex-m33", "Os"): (
        5_691_510, 10_872, 226_186_906, 28_668_337, 598_848_862, 925_168_196, 627_058_098,
    ),
    ("tflm-cmsis-nn", "cortex-m7", "Os"): (
        646_860, 2_841, 6_379_613, 1_801_373, 18_797_365, 28_422_227, 19_902_624,
    ),
    ("tflm-reference", "cortex-m7", "Os"): (
        2_721_248, 5_460, 114_388_488, 15_261_222, 302_966_761, 464_425_973, 316_961_615,
    ),
    ("tflm-cmsis-nn", "cortex-m7", "O3"): (
        426_208, 2_494, 5_333_015, 990_652, 15_893_320, 22_252_139, 16_943_706,
    ),
    ("tflm-reference", "cortex-m7", "O3"): (
        1_395_082, 3_864, 37_797_603, 5_232_715, 85_864_140, 110_792_223, 91_277_295,
    ),
    ("tflm-arduino", "cortex-m7", "Os"): (
        650_870, 2_883, 6_982_631, 1_801_995, 20_435_602, 32_456_556, 21_936_702,
    ),
    ("tflm-arduino", "cortex-m7", "O2"): (
        416_012, 2_452, 5_634_512, 990_242, 16_345_015, 27_063_810, 17_662_323,
    ),
    ("tflm-arduino", "cortex-m4", "O3"): (
        774_364, 4_797, 9_413_652, 2_033_781, 28_348_728, 39_308_813, 30_105_962,
    ),
    ("tflm-2021", "cortex-m7", "Os"): (
        647_992, 2_723, 6_978_069, 1_831_719, 20_460_266, 33_469_242, 21_858_506,
    ),
}  # fmt: skip
"""Cycles between the operators' first instructions and their last: a Cortex-M4's and a Cortex-M33's by the
Cortex-M4 timing table, a Cortex-M7's by the dual-issue model."""


def cases() -> Iterator[tuple[str, str, str, str, int]]:
    for (library, core, level), cycles in TOOK.items():
        for network, took in zip(NETWORKS, cycles, strict=True):
            yield library, core, level, network, took


@pytest.mark.parametrize(("library", "core", "level", "network", "took"), tuple(cases()))
def test_networks(shared: Path, library: str, core: str, level: str, network: str, took: int) -> None:
    part = replace(load_profile(core), timing=IDEAL_MEMORY, libraries=(library,), library=library)
    at = deploy(Common(load(shared / "models" / f"{network}.tflite")), part.built(level), library)
    ran = took + CALL[core] * len(at.costs)
    assert at.cycles is not None, at.why_no_time
    assert abs(at.cycles / ran - 1) < 0.03
    assert at.seconds is not None
    assert at.seconds.low * part.clock_hz <= ran <= at.seconds.high * part.clock_hz
    assert sum(cost.cycles or 0 for cost in at.costs if cost.provisional) < 0.05 * at.cycles
