"""What a report, its counts and its prices cost an invocation: nothing, for they come of the geometry.

pytest -n 0 benchmarks/test_counters.py
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import pytest

from microinfer import Interpreter
from models import models

MODELS = models()
ROUNDS, ATTEMPTS = 100, 4
WITHIN = 0.02


def least(interpreter: Interpreter, times: int) -> float:
    """Seconds of one invocation, the least of many rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = perf_counter()
        for _ in range(times):
            interpreter.invoke()
        best = min(best, (perf_counter() - start) / times)
    return best


@pytest.mark.parametrize("name", MODELS)
def test_counting_costs_nothing(name: str) -> None:
    """The same interpreter before anything was counted, and after a recorded run and a report."""
    found = []
    for _ in range(ATTEMPTS):
        interpreter = Interpreter(MODELS[name], "nucleo-l4r5zi", preserve_all_tensors=True)
        for detail in interpreter.get_input_details():
            interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
        interpreter.invoke()
        times = max(1, round(2e-4 / least(interpreter, 1)))
        plain = least(interpreter, times)
        interpreter.invoke(record=True)
        assert interpreter.report().to_dict()["time"]["cycles"] is not None
        found.append(least(interpreter, times) / plain)
        if abs(found[-1] - 1) <= WITHIN:
            return
    assert found[-1] == pytest.approx(1, abs=WITHIN), found


def test_the_report_itself(benchmark: Any) -> None:
    interpreter = Interpreter(MODELS["ds_cnn"], "nucleo-l4r5zi")
    interpreter.invoke(record=True)
    benchmark(lambda: interpreter.report().to_dict())
