"""One inference of every model in every runtime, grouped by model.

pytest -n 0 benchmarks/test_models.py
"""

from __future__ import annotations

from typing import Any

import pytest

from models import RUNTIMES, best_seconds, models

MODELS = models()
AT_LEAST = {
    "kws_ref_model": 25.0,
    "vww_96_int8": 25.0,
    "person_detect": 25.0,
    "pretrainedResnet_quant": 25.0,
    "ad01_int8": 5.0,
}
"""How many times faster than tflite-micro, in the same run."""


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", MODELS)
def test_one_inference(benchmark: Any, name: str, runtime: str) -> None:
    benchmark.group = name
    try:
        invoke = RUNTIMES[runtime](MODELS[name])
    except (ImportError, RuntimeError, ValueError) as error:
        pytest.skip(f"{runtime}: {error}")
    benchmark(invoke)


@pytest.mark.parametrize("name", AT_LEAST)
def test_ratio_to_tflite_micro(name: str) -> None:
    if name not in MODELS:
        pytest.skip("the truth files are not here; MICROINFER_SHARED names their folder")
    ours, theirs = (
        best_seconds(RUNTIMES[runtime](MODELS[name])) for runtime in ("microinfer", "tflite-micro")
    )
    assert theirs / ours >= AT_LEAST[name]


def test_hello_world_is_all_dispatch_and_little_of_it() -> None:
    if "hello_world_int8" not in MODELS:
        pytest.skip("the truth files are not here; MICROINFER_SHARED names their folder")
    assert best_seconds(RUNTIMES["microinfer"](MODELS["hello_world_int8"])) < 12e-6
