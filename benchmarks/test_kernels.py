"""Kernels over the quick grid of `microinfer bench`, each in every runtime, grouped by shape.

pytest -n 0 benchmarks/test_kernels.py [-k "depthwise"]
"""

from __future__ import annotations

from typing import Any

import pytest

from microinfer.bench import Case, grid
from models import RUNTIMES


@pytest.mark.benchmark(min_time=0.002, max_time=0.05)
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("case", grid(quick=True), ids=lambda case: f"{case.kernel}: {case.name}")
def test_kernel(benchmark: Any, case: Case, runtime: str) -> None:
    benchmark.group = f"{case.kernel}: {case.name}"
    try:
        invoke = RUNTIMES[runtime](case.build())
    except (ImportError, RuntimeError, ValueError) as error:
        pytest.skip(f"{runtime}: {error}")
    benchmark(invoke)
