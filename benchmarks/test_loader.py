"""From bytes to something that can run, in every runtime, grouped by model; and our stages one by one.

pytest -n 0 benchmarks/test_loader.py
"""

from __future__ import annotations

from typing import Any

import pytest

from microinfer import Interpreter
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from models import READY, models

MODELS = models()


@pytest.mark.benchmark(max_time=0.3)
@pytest.mark.parametrize("runtime", READY)
@pytest.mark.parametrize("name", MODELS)
def test_ready_to_run(benchmark: Any, name: str, runtime: str) -> None:
    """Everything up to the first invocation."""
    benchmark.group = f"ready: {name}"
    try:
        READY[runtime](MODELS[name])
    except (ImportError, RuntimeError, ValueError) as error:
        pytest.skip(f"{runtime}: {error}")
    benchmark(READY[runtime], MODELS[name])


@pytest.mark.benchmark(max_time=0.2)
@pytest.mark.parametrize("name", MODELS)
class TestStages:
    def test_load(self, benchmark: Any, name: str) -> None:
        benchmark.group = f"stages: {name}"
        benchmark(load, MODELS[name])

    def test_prepare(self, benchmark: Any, name: str) -> None:
        benchmark.group = f"stages: {name}"
        benchmark(prepare, load(MODELS[name]))

    def test_interpreter(self, benchmark: Any, name: str) -> None:
        benchmark.group = f"stages: {name}"
        benchmark(Interpreter, load(MODELS[name]))
