"""CMSIS-NN as it was in 2020 and 2021: which kernel ran, and what it took when it was counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder, check, load, load_profile, zoo
from microinfer.deploy.deployment import deploy
from microinfer.libraries.library import kernel_library

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
BOARD = "nucleo-l4r5zi"


@pytest.fixture(scope="module")
def older(program: Any) -> Any:
    return program("cortex_m_data")


def layer(kernel: int, channels: int, stride: int = 1, dilation: int = 1, depthwise: bool = False) -> bytes:
    b = ModelBuilder("layer")
    x = b.input((1, 12, 12, channels), scale=0.05, zero_point=-3)
    options = {"strides": (stride, stride), "dilation": (dilation, dilation), "scale": 0.2, "zero_point": 0}
    if depthwise:
        w = np.ones((1, kernel, kernel, channels), np.int8)
        b.output(b.depthwise_conv_2d(x, w, np.zeros(channels, np.int32), weight_scale=0.01, **options))
    else:
        w = np.ones((8, kernel, kernel, channels), np.int8)
        b.output(b.conv_2d(x, w, np.zeros(8, np.int32), weight_scale=0.01, **options))
    return b.build()


@pytest.mark.parametrize(
    ("made", "in_2020", "in_2021", "today"),
    [
        ({"kernel": 1, "channels": 8}, "1x1_fast", "1x1_fast", "1x1_fast"),
        ({"kernel": 1, "channels": 6}, "convolve_s8", "convolve_s8", "1x1_fast"),
        ({"kernel": 1, "channels": 8, "stride": 2}, "convolve_s8", "convolve_s8", "1x1_strided"),
        ({"kernel": 3, "channels": 8, "dilation": 2}, "reference", "reference", "convolve_s8"),
        ({"kernel": 3, "channels": 8, "depthwise": True}, "dw_opt", "dw_3x3", "dw_3x3"),
        ({"kernel": 5, "channels": 8, "depthwise": True}, "dw_opt", "dw_opt", "dw_opt"),
        (
            {"kernel": 3, "channels": 8, "depthwise": True, "dilation": 2},
            "reference",
            "reference",
            "dw_generic_dil",
        ),
    ],
)
def test_the_kernel_of_that_time(made: dict[str, Any], in_2020: str, in_2021: str, today: str) -> None:
    """As arm_convolve_wrapper_s8, and TFLM's kernels around it, chose in each release."""
    model, part = load(layer(**made)), load_profile(BOARD)
    for library, kernel in (("tflm-2020", in_2020), ("tflm-2021", in_2021), ("tflm-cmsis-nn", today)):
        at = deploy(model, part, library)
        assert at.costs[0].variant == kernel, library
        assert at.seconds is not None, at.why_no_time


def test_multipliers_of_each_inference() -> None:
    """TensorFlow 2.3 worked out every channel's multiplier at each inference."""
    model, part = load(layer(kernel=3, channels=8)), load_profile(BOARD)
    step = deploy(model, part, "tflm-2020").steps[0]
    counted = {
        library: kernel_library(library).count(step.name, step.geometry, part.target)
        for library in ("tflm-2020", "tflm-2021")
    }
    assert counted["tflm-2020"] is not None
    assert counted["tflm-2021"] is not None
    assert dict(counted["tflm-2020"]) == {**counted["tflm-2021"], "multipliers": 8}


@pytest.mark.parametrize("library", ["tflm-2020", "tflm-2021"])
@pytest.mark.parametrize("column", ["cortex-m4-o3", "cortex-m4-os"])
def test_prices_meet_what_was_counted(older: Any, library: str, column: str) -> None:
    """Nine of ten counted convolutions lie within 2 % of their price."""
    from microinfer.libraries.build import Build
    from microinfer.timing.build_prices import load_costs

    level = "Os" if column.endswith("os") else "O3"
    prices = load_costs(library, "cortex-m4", Build(level)).prices
    _, samples = older.read_builds(older.OLDER)
    target = load_profile("cortex-m4").target
    off = []
    for sample in samples:
        if sample.library != library or sample.operator not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            continue
        kernels = kernel_library(library)
        counts = kernels.count(sample.operator, sample.geometry, target)
        variant = kernels.variant(sample.operator, sample.geometry, target)
        assert counts is not None
        off.append(abs(prices[sample.operator, variant].price(counts) / sample.cycles[column] - 1))
    assert len(off) > 100
    assert np.percentile(off, 90) < 0.02


@pytest.mark.parametrize(
    ("model", "library", "wanted"),
    [
        ("audio_features", "tflm-2020", "no"),
        ("audio_features", "tflm-2021", "no"),
        ("digits", "tflm-2020", "yes"),
        ("drive", "tflm-2021", "yes"),
    ],
)
def test_operators_of_later_are_not_there(model: str, library: str, wanted: str) -> None:
    """The speech frontend is younger than both."""
    result = check(zoo.load(model), BOARD, library=library)
    assert result.verdict == wanted


def test_what_2021_has_may_be_too_late_for_2020() -> None:
    b = ModelBuilder("turned")
    b.output(b.transpose(b.input((1, 4, 3), scale=0.05, zero_point=0), (0, 2, 1)))
    model = b.build()
    verdicts = [check(model, BOARD, library=name).verdict for name in ("tflm-2021", "tflm-2020")]
    assert verdicts == ["yes", "no"]
