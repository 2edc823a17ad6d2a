"""The memory planner alone, the whole plan of the arena, and the search for a better one.

pytest -n 0 benchmarks/test_planner.py

tflite-micro plans when it is made, and only then: it stands here with all that it does until it can run.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from microinfer.memory.greedy import Buffer, place
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from models import READY, models

MODELS = models()


def buffers(count: int, longest: int) -> list[Buffer]:
    """Of random sizes, alive for up to so many scopes."""
    chosen = random.Random(count)
    starts = [chosen.randrange(count) for _ in range(count)]
    return [Buffer(chosen.randrange(1, 9999), first, first + chosen.randrange(longest)) for first in starts]


@pytest.mark.parametrize("longest", [3, 2000])
@pytest.mark.parametrize("count", [20, 200, 2000])
def test_place(benchmark: Any, count: int, longest: int) -> None:
    benchmark.group = f"place: alive for up to {longest} scopes"
    benchmark(place, buffers(count, longest))


@pytest.mark.benchmark(max_time=0.2)
@pytest.mark.parametrize("name", MODELS)
class TestPlan:
    @pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn", "bare-c"])
    def test_plan_memory(self, benchmark: Any, name: str, library: str) -> None:
        benchmark.group = f"plan: {name}"
        model = load(MODELS[name])
        benchmark(plan_memory, model, prepare(model), library, 4)

    def test_tflite_micro(self, benchmark: Any, name: str) -> None:
        benchmark.group = f"plan: {name}"
        try:
            READY["tflite-micro"](MODELS[name])
        except (ImportError, RuntimeError) as error:
            pytest.skip(str(error))
        benchmark(READY["tflite-micro"], MODELS[name])
